"""Shared random numbers: any draw by its key alone, and what a layer's draws look like."""

import numpy as np
import pytest

from parity.numerics import draws
from parity.records.training import RandomLayer

DROP = RandomLayer("drop1", "keep", (500,), rate=0.2)
NOISE = RandomLayer("noise", "normal", (28, 28, 1))


def test_an_epoch_takes_every_sample_once_in_batches_and_a_rest() -> None:
    steps = [draws.batch(0, step, samples=10, batch_size=4) for step in (1, 2, 3)]
    assert [len(step) for step in steps] == [4, 4, 2]
    assert sorted(np.concatenate(steps)) == list(range(10))


def test_another_epoch_has_another_order() -> None:
    first, second = draws.batch(0, 1, 1000, 100), draws.batch(0, 11, 1000, 100)
    assert not np.array_equal(first, second)
    assert draws.steps_per_epoch(1000, 100) == 10
    assert draws.steps_per_epoch(1001, 100) == 11


def test_the_draws_of_a_late_step_need_no_earlier_ones() -> None:
    late = draws.of_layer(DROP, seed=3, step=4000, samples=2, dtype="float32")
    for step in range(3990, 4000):
        draws.of_layer(DROP, 3, step, 2, "float32")
    assert np.array_equal(late, draws.of_layer(DROP, 3, 4000, 2, "float32"))


@pytest.mark.parametrize("change", ["seed", "step", "layer"])
def test_seed_step_and_layer_each_give_other_draws(change: str) -> None:
    layer = RandomLayer("drop2", "keep", (500,), rate=0.2) if change == "layer" else DROP
    base = draws.of_layer(DROP, 0, 1, 8, "float32")
    other = draws.of_layer(layer, int(change == "seed"), 1 + (change == "step"), 8, "float32")
    assert 0.5 < (base == other).mean() < 0.8, "independent masks agree at .8^2 + .2^2 = .68"


def test_a_mask_drops_the_share_it_should() -> None:
    keep = draws.of_layer(DROP, 0, 1, samples=2000, dtype="float64")
    assert keep.dtype == bool
    assert abs(keep.mean() - 0.8) < 4 * np.sqrt(0.16 / keep.size)


def test_noise_is_the_same_number_in_either_dtype() -> None:
    narrow = draws.of_layer(NOISE, 0, 1, 4, "float32")
    wide = draws.of_layer(NOISE, 0, 1, 4, "float64")
    assert [str(array.dtype) for array in (narrow, wide)] == ["float32", "float64"]
    assert np.array_equal(narrow, wide)
    assert abs(wide.mean()) < 0.1
    assert abs(wide.std() - 1) < 0.1


def test_draws_may_be_for_several_batches_joined_or_for_none() -> None:
    joined = RandomLayer("normal", "normal", (3,), times=2)
    assert draws.of_layer(joined, 0, 1, 5, "float64").shape == (10, 3)
    whole = RandomLayer("uniform", "uniform", (4,), times=0)
    found = draws.of_layer(whole, 0, 1, 5, "float64")
    assert found.shape == (4,)
    assert (found >= 0).all()
    assert (found < 1).all()
