"""Projections of equal shape are told apart by what attention does with them."""

import pytest

from parity.mapping.align import align
from parity.records.comparison import Step, Trace, Variable

FULL, TURNED = "btd,bsd->bts", "bsd,btd->bts"  # scores of (query, key), and of (key, query)


def projection(name: str, kind: str, *inputs: str, shape: tuple[int, ...] = (8, 8)) -> Step:
    weight = Variable(f"{name}.weight", "weight", shape)
    return Step(name, kind, (2, 6, 8), inputs=inputs, variables=(weight,))


def trace(steps: tuple[Step, ...], result: str) -> Trace:
    variables = tuple(variable for step in steps for variable in step.variables)
    return Trace(steps, {}, {}, variables, results=(result,))


def keras(is_key_first: bool, are_values_first: bool) -> Trace:
    scores = ("key", "query") if is_key_first else ("query", "key")
    equation = TURNED if is_key_first else FULL
    values = ("value", "softmax") if are_values_first else ("softmax", "value")
    parts = ("value", *scores) if are_values_first else (*scores, "value")  # as data flows
    return trace(
        (
            *(projection(name, "Dense", "") for name in parts),
            Step("scores", "Einsum", (2, 6, 6), inputs=scores, settings={"subscripts": equation}),
            Step("scaled", "Multiply", (2, 6, 6), inputs=("scores",)),
            Step("softmax", "Softmax", (2, 6, 6), inputs=("scaled",)),
            Step("mixed", "Einsum", (2, 6, 8), inputs=values, settings={"subscripts": ""}),
            projection("out", "Dense", "mixed"),
        ),
        "out",
    )


def torch(is_written_out: bool) -> Trace:
    core: tuple[Step, ...] = (
        Step("core", "scaled_dot_product_attention", (2, 6, 8), inputs=("q", "k", "v")),
    )
    if is_written_out:
        core = (
            Step("turned", "transpose", (2, 8, 6), inputs=("k",)),
            Step("dots", "matmul", (2, 6, 6), inputs=("q", "turned")),
            Step("weights", "softmax", (2, 6, 6), inputs=("dots",)),
            Step("core", "matmul", (2, 6, 8), inputs=("weights", "v")),
        )
    parts = (projection(name, "Linear", "") for name in ("q", "k", "v"))
    return trace((*parts, *core, projection("o", "Linear", "core")), "o")


@pytest.mark.parametrize("is_written_out", [False, True])
@pytest.mark.parametrize("are_values_first", [False, True])
@pytest.mark.parametrize("is_key_first", [False, True])
def test_query_key_and_value_find_their_own(
    is_key_first: bool, are_values_first: bool, is_written_out: bool
) -> None:
    found = align(keras(is_key_first, are_values_first), torch(is_written_out))
    answers = {
        one.keras.name: {step.name for step in one.torch} & {"q", "k", "v", "o"}
        for one in found.matches
    }
    wanted = {"query": {"q"}, "key": {"k"}, "value": {"v"}, "out": {"o"}}
    assert {name: answers[name] for name in wanted} == wanted


@pytest.mark.parametrize("is_written_out", [False, True])
def test_the_weighing_of_values_answers_the_core(is_written_out: bool) -> None:
    found = align(keras(False, False), torch(is_written_out))
    (core,) = [one for one in found.matches if one.torch[-1].name == "core"]
    assert core.keras.name == "mixed"
