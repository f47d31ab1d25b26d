"""How much of an epoch is timed at once; no framework is needed."""

from typing import Any

import numpy as np
import pytest

from parity.records.training import Trained
from parity.train.timing import LONGEST, STRETCH, Clocked, _won, stretch


@pytest.mark.parametrize(
    ("step_seconds", "share"),
    [(0.001, STRETCH), (1.0, LONGEST / 400)],
    ids=["quick-steps", "slow-steps"],
)
def test_a_stretch_is_a_quarter_of_an_epoch_or_some_seconds_of_it(
    step_seconds: float, share: float
) -> None:
    one = np.ones(1)
    laps = (1, 60.0), (10, 10 * step_seconds), (10, 10 * step_seconds)  # the first step compiles
    assert stretch(Trained(one, one, one, 0.0, laps), batches=400) == pytest.approx(share)


def test_where_the_warm_up_is_one_lap_a_stretch_is_a_quarter() -> None:
    one = np.ones(1)
    assert stretch(Trained(one, one, one, 0.0, ((1, 60.0),)), batches=400) == STRETCH


def test_what_falls_behind_the_matched_lane_under_the_clock_is_not_taken() -> None:
    fast, slow, matched = (clocked(milliseconds) for milliseconds in (8, 17, 13))
    assert _won(fast, matched) is fast
    assert _won(slow) is slow
    assert _won(slow, matched).about == "as matched, 13 ms a step; next: in one graph, 17 ms"


def clocked(milliseconds: float) -> Clocked:
    """Of three stretches, one of which was disturbed."""
    one = np.ones(1)
    laps = [((10, 0.01 * each),) for each in (milliseconds, 5 * milliseconds, milliseconds)]
    epochs = tuple(Trained(one, one, one, lap[0][1], lap) for lap in laps)
    nobody: Any = None
    return Clocked(nobody, nobody, 0.0, epochs[0], 0.0, "", "in one graph", epochs)
