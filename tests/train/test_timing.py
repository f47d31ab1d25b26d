"""How much of an epoch is timed at once; no framework is needed."""

import numpy as np
import pytest

from parity.records.training import Trained
from parity.train.timing import LONGEST, STRETCH, stretch


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
