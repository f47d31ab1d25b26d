"""Which numbers of an input a rounding may move."""

import numpy as np
import pytest

from parity.numerics.marks import movable
from parity.records.comparison import Array


@pytest.mark.parametrize(
    ("values", "marks", "moves"),
    [
        ([0.5, -1.0, 1.5], [], [True, False, True]),  # a masked step among measured ones
        ([0.5, -9.25, 1.5], [-9.25], [True, False, True]),  # the mask's own number
        ([3.0, 255.0, 7.0], [], [True, True, True]),  # an image of whole levels
        ([3.0, -1.0, 7.0], [-1.0], [True, False, True]),
    ],
)
def test_marks_stay(values: list[float], marks: list[float], moves: list[bool]) -> None:
    found: Array = movable(np.array(values), marks)
    assert found.tolist() == moves
