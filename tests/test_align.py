"""Alignment goes by what is computed; names and shapes decide between equals."""

import numpy as np

from parity.align import align
from parity.records import Step, Trace

IMAGE, FLAT = (4, 8, 8, 3), (4, 10)


def trace(*steps: Step) -> Trace:
    return Trace(steps, {}, {step.name: np.zeros(step.shape) for step in steps}, ())


def answers(keras: Trace, torch: Trace) -> dict[str, list[str]]:
    return {m.keras.name: [s.name for s in m.torch] for m in align(keras, torch).matches}


def test_a_fused_activation_is_answered_by_a_function() -> None:
    keras = trace(Step("d", "Dense", FLAT, activation="relu"))
    torch = trace(Step("fc", "Linear", FLAT, "fc"), Step("relu_1", "relu", FLAT))
    assert answers(keras, torch) == {"d": ["fc", "relu_1"]}


def test_other_names_do_not_matter() -> None:
    keras = trace(Step("a", "Dense", FLAT), Step("b", "Dense", FLAT))
    torch = trace(Step("x", "Linear", FLAT, "x"), Step("y", "Linear", FLAT, "y"))
    assert answers(keras, torch) == {"a": ["x"], "b": ["y"]}


def test_a_name_decides_which_of_two_equals_is_missing() -> None:
    keras = trace(Step("a", "Dense", FLAT), Step("b", "Dense", FLAT))
    found = align(keras, trace(Step("b", "Linear", FLAT, "b")))
    assert [match.keras.name for match in found.matches] == ["b"]
    assert found.keras_left == ("a (Dense)",)


def test_a_step_nobody_asks_for_is_left() -> None:
    keras = trace(Step("a", "Dense", FLAT))
    torch = trace(Step("a", "Linear", FLAT, "a"), Step("tanh_1", "tanh", FLAT))
    assert align(keras, torch).torch_left == ("tanh_1",)


def test_padding_belongs_to_the_layer_behind_it() -> None:
    keras = trace(Step("p", "MaxPooling2D", IMAGE))
    torch = trace(Step("pad_1", "pad", IMAGE), Step("p", "MaxPool2d", IMAGE, "p"))
    found = align(keras, torch)
    assert [step.name for step in found.matches[0].torch] == ["pad_1", "p"]
    assert found.torch_left == ()


def test_nothing_is_matched_across_operations() -> None:
    found = align(
        trace(Step("x", "Conv2D", IMAGE)), trace(Step("x", "ConvTranspose2d", IMAGE, "x"))
    )
    assert found.matches == ()
