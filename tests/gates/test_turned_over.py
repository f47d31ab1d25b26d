"""A model that float32 turns over behind gates that take up every move of its input."""

from collections.abc import Callable

import numpy as np
import pytest

from parity.gates import output
from parity.gates.returned_values import Run
from parity.gates.turned_over import by_rounding
from parity.records.answers import Answer, Returned
from parity.records.comparison import Array, Dtype

SAMPLES, VALUES = 12, 200


def answer(values: Array) -> Answer:
    return Answer((Returned("[0]", "", "tensor", values),), "list")


def rounded(generator: np.random.Generator, wide: Array, turned: list[int], share: float) -> Array:
    found = wide * (1 + share * generator.normal(size=wide.shape))
    found[turned] += 3 * generator.normal(size=(len(turned), VALUES))
    narrow: Array = found.astype("float32")
    return narrow


def run(theirs: Callable[[np.random.Generator, Array], Array], turned: list[int]) -> Run:
    """Keras's float32 turns some samples over, and its answer to moved inputs none."""
    generator = np.random.default_rng(0)
    wide = generator.normal(size=(SAMPLES, VALUES))
    keras: dict[Dtype, Answer] = {
        "float64": answer(wide),
        "float32": answer(rounded(generator, wide, turned, 1e-6)),
    }
    torch: dict[Dtype, Answer] = {
        "float64": answer(wide),
        "float32": answer(theirs(generator, wide)),
    }
    still = (np.zeros(wide.shape),)
    return Run("the inputs", keras, torch, spread={"float64": still, "float32": still})


@pytest.mark.parametrize("turned", [[0, 1], [1, 2], [5], []])
def test_either_side_turns_over_samples_of_its_own(turned: list[int]) -> None:
    found = run(lambda g, wide: rounded(g, wide, turned, 1e-6), [0, 1])
    assert output.judge([found], "float32").verdict == "pass"


def test_a_port_that_turns_over_what_keras_never_does_differs() -> None:
    found = run(lambda g, wide: rounded(g, wide, [5], 1e-6), [])
    assert output.judge([found], "float32").verdict == "differ"


@pytest.mark.parametrize("turned", [[], [0, 1, 5]])
def test_a_port_in_half_precision_differs_from_a_model_that_turns_over(turned: list[int]) -> None:
    found = run(lambda g, wide: rounded(g, wide, turned, 1e-2), [0, 1])
    assert output.judge([found], "float32").verdict == "differ"


def test_what_is_no_number_in_the_ports_float32_is_no_rounding() -> None:
    def lost(generator: np.random.Generator, wide: Array) -> Array:
        found = rounded(generator, wide, [1], 1e-6)
        found[5, 0] = np.inf
        return found

    assert output.judge([run(lost, [0, 1])], "float32").verdict == "differ"


def test_answers_of_another_shape_and_single_numbers_are_told_of_alone() -> None:
    one, many = np.array(2.0), np.ones((3, 2))
    jumps = np.zeros((3, 2))
    assert by_rounding((one, one), (one, one), jumps) is jumps
    keras = many.astype("float32") + np.float32(1), many
    assert (by_rounding(keras, (np.ones(2), np.ones(2)), jumps) == 1).all()
