"""Checks that follow each other in one process: none is another for what came before it."""

import pytest

from parity.checking import run
from parity.pairs import own
from parity.selftest import trial
from parity.selftest.bank.constants import NORMED
from parity.sides.modules import Factory
from parity.sides.process import Sides
from parity.sides.verbs import InKeras, Models

KERAS, TORCH = "tests.own.keras_net:unnamed", "tests.own.torch_net:Net"


@pytest.fixture
def after_float64(sides: Sides) -> Sides:
    """Keras's global float type is what the last model was built in."""
    sides.keras.call(InKeras.open, "wide", "keras_reference.simple_ae", "float64", 0)
    return sides


def test_a_model_is_built_in_the_float_type_that_keras_began_with(after_float64: Sides) -> None:
    keras, torch = (Factory(side, "build", (NORMED,)) for side in (trial.KERAS, trial.TORCH))
    assert run.check(own(keras, torch), after_float64).verdict == "pass"
    after_float64.keras.call(InKeras.open, "mine", keras)
    held = after_float64.keras.call(Models.weights, "mine").values()
    assert {array.dtype.name for array in held if array.dtype.kind == "f"} == {"float32"}


def test_layers_without_a_name_are_numbered_from_one_each_time(sides: Sides) -> None:
    names = []
    for _ in range(2):
        sides.keras.call(Models.open, "mine", KERAS)
        names.append(list(sides.keras.call(Models.weights, "mine")))
    assert names[0] == names[1]
    assert names[0][0].endswith("dense/kernel")
