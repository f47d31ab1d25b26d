"""Alignment goes by what is computed; names and shapes decide between equals."""

from dataclasses import replace

from parity.mapping import origins
from parity.mapping.align import align
from parity.records.comparison import Step, Trace, Variable

IMAGE, FLAT = (4, 8, 8, 3), (4, 10)


def chain(*steps: Step) -> Trace:
    """A pass in which each step takes what the one before it gives."""
    names = ["", *(step.name for step in steps)]
    fed = tuple(
        replace(step, inputs=step.inputs or (name,))
        for step, name in zip(steps, names, strict=False)
    )
    return Trace(fed, {}, {}, (), results=(names[-1],))


def weights(*shape: int) -> tuple[Variable, ...]:
    return (Variable("w", "w", shape),)


def answers(keras: Trace, torch: Trace) -> dict[str, list[str]]:
    return {m.keras.name: [s.name for s in m.torch] for m in align(keras, torch).matches}


def test_a_fused_activation_is_answered_by_a_function() -> None:
    keras = chain(Step("d", "Dense", FLAT, activation="relu"))
    torch = chain(Step("fc", "Linear", FLAT, "fc"), Step("relu_1", "relu", FLAT))
    assert answers(keras, torch) == {"d": ["fc", "relu_1"]}


def test_other_names_do_not_matter() -> None:
    keras = chain(Step("a", "Dense", FLAT), Step("b", "Dense", FLAT))
    torch = chain(Step("x", "Linear", FLAT, "x"), Step("y", "Linear", FLAT, "y"))
    assert answers(keras, torch) == {"a": ["x"], "b": ["y"]}


def test_a_name_decides_which_of_two_equals_is_missing() -> None:
    dense = weights(10, 10)
    keras = chain(
        Step("a", "Dense", FLAT, variables=dense), Step("b", "Dense", FLAT, variables=dense)
    )
    found = align(keras, chain(Step("b", "Linear", FLAT, "b", variables=dense)))
    assert [match.keras.name for match in found.matches] == ["b"]
    assert found.keras_left == ("a (Dense)",)


def test_equal_numbers_of_weights_weigh_more_than_names() -> None:
    keras = chain(
        Step("a", "Dense", FLAT, variables=weights(5, 10)),
        Step("b", "Dense", FLAT, variables=weights(10, 10)),
    )
    torch = chain(Step("b", "Linear", FLAT, "b", variables=weights(10, 5)))
    assert answers(keras, torch) == {"a": ["b"]}


def test_a_step_without_weights_is_compared_with_the_one_before_it() -> None:
    keras = chain(Step("a", "Dense", FLAT))
    torch = chain(Step("a", "Linear", FLAT, "a"), Step("tanh_1", "tanh", FLAT))
    assert answers(keras, torch) == {"a": ["a", "tanh_1"]}
    assert align(keras, torch).torch_left == ()


def test_what_has_no_neighbour_is_left() -> None:
    found = align(chain(Step("r", "Resizing", IMAGE)), chain(Step("tanh_1", "tanh", IMAGE)))
    assert found.matches == ()
    assert found.keras_left == ("r (Resizing)",)
    assert found.torch_left == ("tanh_1",)


def test_a_layer_that_draws_and_has_no_answer_counts_in_training_alone() -> None:
    keras = chain(Step("a", "Dense", FLAT), Step("drop", "Dropout", FLAT))
    found = align(keras, chain(Step("a", "Linear", FLAT, "a")))
    assert found.training_left == ("Keras's drop (Dropout)",)
    assert found.keras_left == ()


def test_padding_belongs_to_the_layer_behind_it() -> None:
    keras = chain(Step("p", "MaxPooling2D", IMAGE))
    torch = chain(Step("pad_1", "pad", IMAGE), Step("p", "MaxPool2d", IMAGE, "p"))
    assert answers(keras, torch) == {"p": ["pad_1", "p"]}
    assert align(keras, torch).torch_left == ()


def test_an_activation_behind_a_padding_stays_with_its_layer() -> None:
    keras = chain(
        Step("t", "Conv2DTranspose", IMAGE, activation="relu"),
        Step("u", "Conv2DTranspose", IMAGE, activation="relu"),
    )
    torch = chain(
        Step("t", "ConvTranspose2d", IMAGE, "t"),
        Step("pad_1", "pad", IMAGE),
        Step("relu_1", "relu", IMAGE),
        Step("u", "ConvTranspose2d", IMAGE, "u"),
        Step("pad_2", "pad", IMAGE),
        Step("relu_2", "relu", IMAGE),
    )
    assert answers(keras, torch) == {"t": ["t", "pad_1", "relu_1"], "u": ["u", "pad_2", "relu_2"]}


def test_an_operation_is_answered_by_its_family_and_values_tell() -> None:
    keras = chain(Step("x", "Conv2D", IMAGE))
    torch = chain(Step("x", "ConvTranspose2d", IMAGE, "x"))
    assert answers(keras, torch) == {"x": ["x"]}


def test_an_axis_is_added_where_there_are_as_many_elements() -> None:
    keras = chain(Step("mask", "ExpandDims", (3, 1, 5)), Step("d", "Dense", (3, 5, 8)))
    torch = chain(
        Step("getitem_1", "getitem", (3, 1, 1, 5)),
        Step("view_1", "view", (3, 5, 2, 4)),
        Step("d", "Linear", (3, 5, 8), "d"),
    )
    assert answers(keras, torch) == {"mask": ["getitem_1"], "d": ["view_1", "d"]}


def test_nothing_is_matched_across_families() -> None:
    found = align(chain(Step("x", "Conv2D", IMAGE)), chain(Step("x", "LSTM", IMAGE, "x")))
    assert found.matches == ()


def test_the_order_in_which_branches_are_run_does_not_matter() -> None:
    """Where sizes tell nothing either, the flow of the data does."""
    keras = chain(
        Step("l", "Dense", FLAT, inputs=("",), variables=weights(5)),
        Step("r", "Dense", FLAT, inputs=("",), variables=weights(5)),
        Step("join", "Concatenate", FLAT, inputs=("l", "r")),
    )
    torch = chain(
        Step("one", "Linear", FLAT, inputs=("",), variables=weights(5)),
        Step("two", "Linear", FLAT, inputs=("",), variables=weights(5)),
        Step("cat_1", "cat", FLAT, inputs=("two", "one")),
    )
    assert answers(keras, torch) == {"l": ["two"], "r": ["one"], "join": ["cat_1"]}


def test_the_two_sides_of_a_sum_may_change_places() -> None:
    """As in a residual block, where Keras has the shortcut first and torch last."""
    keras = chain(
        Step("shortcut", "Conv2D", IMAGE, inputs=("",), variables=weights(3)),
        Step("norm_s", "BatchNormalization", IMAGE, variables=weights(8)),
        Step("main", "Conv2D", IMAGE, inputs=("",), variables=weights(9)),
        Step("norm_m", "BatchNormalization", IMAGE, variables=weights(8)),
        Step("sum", "Add", IMAGE, inputs=("norm_s", "norm_m")),
    )
    torch = chain(
        Step("c1", "Conv2d", IMAGE, inputs=("",), variables=weights(9)),
        Step("b1", "BatchNorm2d", IMAGE, variables=weights(8)),
        Step("c2", "Conv2d", IMAGE, inputs=("",), variables=weights(3)),
        Step("b2", "BatchNorm2d", IMAGE, variables=weights(8)),
        Step("add_1", "add", IMAGE, inputs=("b1", "b2")),
    )
    assert answers(keras, torch) == {
        "shortcut": ["c2"],
        "norm_s": ["b2"],
        "main": ["c1"],
        "norm_m": ["b1"],
        "sum": ["add_1"],
    }


def test_a_sum_of_three_may_be_added_up_in_any_order() -> None:
    keras = chain(
        Step("a", "Dense", FLAT, inputs=("",), variables=weights(3)),
        Step("b", "Dense", FLAT, inputs=("",), variables=weights(4)),
        Step("c", "Dense", FLAT, inputs=("",), variables=weights(5)),
        Step("sum", "Add", FLAT, inputs=("a", "b", "c")),
    )
    torch = chain(
        Step("x", "Linear", FLAT, inputs=("",), variables=weights(5)),
        Step("y", "Linear", FLAT, inputs=("",), variables=weights(4)),
        Step("add_1", "add", FLAT, inputs=("x", "y")),
        Step("z", "Linear", FLAT, inputs=("",), variables=weights(3)),
        Step("add_2", "add", FLAT, inputs=("add_1", "z")),
    )
    found = answers(keras, torch)
    assert {name: found[name] for name in "abc"} == {"a": ["z"], "b": ["y"], "c": ["x"]}


def test_a_person_s_own_mapping_wins() -> None:
    keras = chain(Step("a", "Dense", FLAT), Step("b", "Dense", FLAT))
    torch = chain(Step("a", "Linear", FLAT, "a"), Step("b", "Linear", FLAT, "b"))
    found = align(keras, torch, {"b": ("a",)})
    assert {m.keras.name: m.torch[0].name for m in found.matches}["b"] == "a"


def test_names_tell_layers_apart_of_which_others_are_called_otherwise() -> None:
    dense = weights(10, 10)
    keras = chain(
        Step("key", "Dense", FLAT, "key", inputs=("",), variables=dense),
        Step("query", "Dense", FLAT, "query", inputs=("",), variables=dense),
        Step("product", "Multiply", FLAT, inputs=("key", "query")),
        Step("output", "Dense", FLAT, "output", variables=dense),
    )
    torch = chain(
        Step("q", "Linear", FLAT, "q_proj", inputs=("",), variables=dense),
        Step("k", "Linear", FLAT, "k_proj", inputs=("",), variables=dense),
        Step("mul_1", "mul", FLAT, inputs=("q", "k")),
        Step("last", "Linear", FLAT, "last", variables=dense),
    )
    found = answers(keras, torch)
    assert {name: found[name][-1] for name in ("key", "query", "output")} == {
        "key": "k",
        "query": "q",
        "output": "last",
    }


def test_what_works_on_another_input_alone_is_no_answer() -> None:
    mean = Step("m", "Mean", FLAT, inputs=(":1",))
    keras = Trace((mean,), {}, {}, (), results=("m",))
    own = Step("mean", "mean", FLAT, inputs=("",))
    torch = Trace((own,), {}, {}, (), results=("mean",))
    kinds = origins.kinds({"": (4, 8), ":1": IMAGE})
    assert align(keras, torch).matches[0].torch == (own,)
    assert not any(match.torch for match in align(keras, torch, None, kinds).matches)
    alike = origins.kinds({"": FLAT, ":1": FLAT[::-1]})
    assert align(keras, torch, None, alike).matches[0].torch == (own,)


def test_what_prepares_weights_joins_no_values() -> None:
    keras = chain(Step("d", "Dense", FLAT), Step("t", "TrueDivide", FLAT))
    scaled = Step("mul", "mul", (10, 8), variables=weights(10, 8))
    linear = Step("linear", "linear", FLAT, inputs=("", "mul"))
    torch = Trace((scaled, linear), {}, {}, (), results=("linear",))
    assert "mul" not in answers(keras, torch).get("t", [])
