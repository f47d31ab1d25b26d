"""Which argument of the port's takes which input: by names, else in order, or all in one."""

import pytest

from parity.mapping.arguments import Way, alike, ways
from parity.records.inputs import Arguments


def found(*inputs: str, takes: Arguments, has_order: bool = True) -> list[Way]:
    return [*ways(inputs, takes, has_order)]


def test_names_decide_over_order() -> None:
    takes = Arguments(("key", "query"), 2)
    assert found("query", "key", takes=takes) == [("query", "key")]


def test_arguments_that_may_be_left_out_are() -> None:
    takes = Arguments(("right", "verbose", "left"), 1)
    assert found("left", "right", takes=takes) == [("left", "right")]


def test_words_that_are_shared_are_tried_before_the_order() -> None:
    takes = Arguments(("item", "user"), 2)
    assert found("user_input", "item_input", takes=takes) == [("user", "item"), ("0", "1")]


def test_other_names_leave_the_order() -> None:
    assert found("query", "key", takes=Arguments(("x", "y"), 2)) == [("0", "1")]
    assert found("0", takes=Arguments(("features",), 1)) == [("0",), ("0[0]",)]


def test_a_dictionary_has_no_order_to_go_by() -> None:
    several = found("deep", "wide", takes=Arguments(("x", "y"), 2), has_order=False)
    assert several == [("0", "1"), ("1", "0")]


def test_one_argument_may_take_all_of_them() -> None:
    several = found("a", "b", takes=Arguments(("batch", "mask"), 1))
    assert several == [("0[a]", "0[b]"), ("0[0]", "0[1]"), ("0", "1")]
    several = found("a", "b", takes=Arguments(any_number=True))  # by *inputs, behind their order
    assert several == [("0", "1"), ("0[a]", "0[b]"), ("0[0]", "0[1]")]


def test_what_must_be_named_is() -> None:
    assert found("features", takes=Arguments(keywords=("features",))) == [("features",)]
    assert found("0", takes=Arguments(keywords=("features",)))[0] == ("features",)
    assert found("a", "b", takes=Arguments(any_name=True))[0] == ("a", "b")


@pytest.mark.parametrize(
    ("inputs", "arguments", "wanted"),
    [
        (["user_input", "item_input"], ["item", "user"], ("user", "item")),
        (["encoder_inputs", "decoder_inputs"], ["decoder", "encoder"], ("encoder", "decoder")),
        (["left_image", "right_image"], ["image", "mask"], None),
        (["a", "b"], ["x", "y"], None),
        (["x1"], ["x1"], None),  # of one input there is nothing to choose
    ],
)
def test_names_are_alike_by_their_words(
    inputs: list[str], arguments: list[str], wanted: Way | None
) -> None:
    assert alike(inputs, arguments) == wanted


def test_an_optional_keyword_is_not_taken_for_the_input_of_any_number() -> None:
    takes = Arguments(keywords=("mask",), any_number=True)
    assert found("0", takes=takes) == [("0",), ("mask",), ("0[0]",)]
