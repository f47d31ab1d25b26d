"""Lanes and recipes in whole runs; tests/train/test_training_lanes.py has the lanes one by one."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

from parity.pairs import PAIRS
from parity.records.jobs import FRAMEWORKS, Framework, Run
from parity.records.training import Lane, Trained
from parity.sides.process import AnyWorker, Sides
from parity.train.learn import Nowhere, learn
from tests.small_runs import EPOCHS, data, silent, task, undisturbed, worker

# Three epochs of nine steps in other layouts and another order of additions: over all pairs and
# three seeds the largest difference was 5e-6 of a loss.
ROUNDING = 5e-5


def losses(run: Run) -> list[float]:
    trained = [epoch.train_loss for epoch in run.history[1:]]
    return [cast(float, loss) for loss in [*trained, *(epoch.test_loss for epoch in run.history)]]


@pytest.mark.parametrize("pair", [pair.name for pair in PAIRS])
def test_the_tuned_torch_lane_learns_what_the_matched_one_does(pair: str) -> None:
    """channels_last and the fused Adam; the same dropout masks, for both seed torch alike."""
    matched, tuned = (undisturbed(task("torch", pair, lane).job) for lane in ("matched", "tuned"))
    assert losses(tuned) == pytest.approx(losses(matched), rel=ROUNDING)


def test_with_another_order_of_the_samples_the_losses_are_others() -> None:
    """The comparison above sees it."""
    one = task("torch", "cnn").job
    found, other = losses(undisturbed(one)), losses(undisturbed(replace(one, start="paired")))
    assert found[EPOCHS] == other[EPOCHS], "the first weights are the same"
    assert found != pytest.approx(other, rel=100 * ROUNDING)


def test_keras_on_jax_learns_alike_in_all_lanes(sides_on: Callable[[str], Sides]) -> None:
    def run(lane: Lane) -> Run:
        asked = task("keras", "simple_ae", lane)
        asked = replace(asked, job=replace(asked.job, backend="jax"))
        return learn(asked, data(), sides_on("jax").keras, Nowhere(), silent)

    matched, tuned, idiomatic = (losses(run(lane)) for lane in ("matched", "tuned", "idiomatic"))
    assert tuned == pytest.approx(matched, rel=ROUNDING)
    assert idiomatic == pytest.approx(matched, rel=0.02), "it shuffles for itself"


class Spy:
    """A worker that keeps what its epochs gave."""

    def __init__(self, spied: AnyWorker) -> None:
        self.call = spied.call
        self._follow = spied.follow
        self.trained: list[Trained] = []

    def follow(self, *args: Any, **named: Any) -> Trained:
        self.trained.append(self._follow(*args, **named))
        return self.trained[-1]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_figures_as_reported_are_other_figures_of_the_same_training(framework: Framework) -> None:
    """The cnn's data are the course's in both recipes; 300 samples are batches of 128, 128, 44."""
    asked = task(framework, "cnn", epochs=2)
    course = undisturbed(asked.job)
    spy = Spy(worker(framework))
    reported = replace(asked, job=replace(asked.job, recipe="as_reported"))
    found = learn(reported, data(), cast(AnyWorker, spy), Nowhere(), silent)
    for trained, as_course, as_reported in zip(
        spy.trained, course.history[1:], found.history[1:], strict=True
    ):
        assert trained.loss == as_course.train_loss, "weighted by their samples"
        assert as_reported.train_loss == pytest.approx(np.mean(trained.losses))
        assert as_reported.train_loss != as_course.train_loss
        right = cast(float, as_course.train_accuracy) * 300
        assert as_reported.train_accuracy == pytest.approx(right / 3)
        assert as_reported.test_accuracy == pytest.approx(as_course.test_accuracy * 60)
