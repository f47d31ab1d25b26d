"""A batch with its samples the last first."""

import numpy as np

from parity.sides.batches import Batch


def test_batches_that_are_joined_are_turned_each_for_itself() -> None:
    x = np.arange(3.0)
    draws = {"one": x, "joined": np.arange(6.0), "whole": np.arange(4.0)}
    found = Batch(x, None, draws, 3).backwards()
    assert found.inputs.tolist() == [2, 1, 0]
    assert found.draws["one"].tolist() == [2, 1, 0]
    assert found.draws["joined"].tolist() == [2, 1, 0, 5, 4, 3]
    assert found.draws["whole"].tolist() == [0, 1, 2, 3]
