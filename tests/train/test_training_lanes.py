"""The lanes train the same model: other loops, the same mathematics."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from parity.checking import models
from parity.checking.probe import Probe
from parity.mapping import ledger
from parity.numerics import draws
from parity.pairs import PAIRS, select
from parity.records import variants
from parity.records.comparison import Array
from parity.records.pair import Pair
from parity.records.training import Lane, Session, Trained
from parity.semantics import Adam
from parity.sides import twin_file
from parity.sides.epochs import lap_ends
from parity.sides.fused_adam import FusedAdam
from parity.sides.process import AnyWorker, Sides
from parity.sides.torch_idiomatic import Items
from parity.sides.training_verbs import Epochs, Training
from parity.sides.verbs import InKeras, Models
from parity.train.session import session

SAMPLES = 600
# The lanes of one framework add in another order. Rounding moves these losses by 2e-6 in three
# epochs; torch's own Adam, or a sample more or less, moves them by 1e-3.
ROUNDING = 1e-6  # of a mean loss after three epochs; measured: 2e-8


def epochs(
    worker: AnyWorker, shown: Probe, shared: Session, lane: Lane, weights: dict[str, Array]
) -> list[Trained]:
    """Three epochs in a lane, from these weights."""
    (pair,) = select(["simple_ae"])
    module = pair.keras if worker.framework == "keras" else pair.torch
    worker.call(InKeras.open, "lane", module, "float32", 0)
    worker.call(Models.assign, "lane", weights)
    worker.call(Training.feed, "lane", shown.train_raw[:SAMPLES], shown.train_labels[:SAMPLES])
    worker.call(Training.compile, "lane", replace(shared, lane=lane))
    found = [worker.call(Epochs.fit, "lane", epoch) for epoch in (1, 2, 3)]
    worker.call(Epochs.drop, "lane")
    return found


@pytest.fixture(scope="module")
def lanes(sides: Sides, shown: Probe) -> dict[tuple[str, str], list[Trained]]:
    (pair,) = select(["simple_ae"])
    plan = models.draw_up(pair, sides, samples=shown)
    shared = session(plan, sides, 0)
    keras = sides.keras.call(Models.weights, "simple_ae float32")
    first = {"keras": keras, "torch": ledger.to_torch(plan.ledger, keras)}
    return {
        (worker.framework, lane): epochs(worker, shown, shared, lane, first[worker.framework])
        for worker in (sides.keras, sides.torch)
        for lane in ("idiomatic", "matched", "tuned")
    }


def test_matched_and_tuned_lanes_of_both_frameworks_learn_the_same(
    lanes: dict[tuple[str, str], list[Trained]],
) -> None:
    reference = [epoch.loss for epoch in lanes["keras", "matched"]]
    for name in (("keras", "tuned"), ("torch", "matched"), ("torch", "tuned")):
        assert [epoch.loss for epoch in lanes[name]] == pytest.approx(reference, abs=ROUNDING)


def test_idiomatic_lanes_shuffle_for_themselves(
    lanes: dict[tuple[str, str], list[Trained]],
) -> None:
    reference = [epoch.loss for epoch in lanes["keras", "matched"]]
    for framework in ("keras", "torch"):
        losses = [epoch.loss for epoch in lanes[framework, "idiomatic"]]
        assert losses == pytest.approx(reference, rel=0.05)
        assert max(abs(a - b) for a, b in zip(losses, reference, strict=True)) > ROUNDING


def test_every_lane_takes_every_sample_once_and_its_laps_are_all_steps(
    lanes: dict[tuple[str, str], list[Trained]],
) -> None:
    for trained in (epoch for found in lanes.values() for epoch in found):
        assert trained.samples.sum() == SAMPLES
        assert sum(steps for steps, _ in trained.laps) == 3
        assert trained.laps[0][0] == 1, "the first step is a lap of its own"
        assert sum(seconds for _, seconds in trained.laps) == pytest.approx(trained.seconds)


@pytest.mark.parametrize("steps", [1, 2, 3, 11, 12, 235, 469])
def test_the_clock_is_read_after_the_first_step_and_the_last(steps: int) -> None:
    ends = lap_ends(steps)
    assert ends[0] == 1
    assert ends[-1] == steps
    assert len(ends) <= 12


def weights_after(optimizer_of: type[FusedAdam] | None, constant_epsilon: bool = False) -> Array:
    """Fifty steps on drawn gradients, from 1e-8 to 1 in size."""
    torch.manual_seed(0)
    weight = torch.nn.Parameter(torch.randn(1000))
    keras = Adam([weight])
    optimizer: torch.optim.Optimizer = optimizer_of(keras) if optimizer_of else keras
    if constant_epsilon:
        optimizer = torch.optim.Adam([weight], eps=1e-7, fused=True)
    sizes = torch.logspace(-8, 0, 1000)
    for _ in range(50):
        weight.grad = torch.randn(1000) * sizes
        optimizer.step()
    return weight.detach().numpy()


def test_the_fused_adam_is_keras_s() -> None:
    """A float32 rounding of the largest weight is 2e-7; fifty steps of 1e-3 add up to 5e-2."""
    reference = weights_after(None)
    assert np.abs(weights_after(FusedAdam) - reference).max() < 2e-6
    assert np.abs(weights_after(None, constant_epsilon=True) - reference).max() > 1e-3


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
@pytest.mark.parametrize("recipe", variants.RECIPES)
def test_the_report_s_transforms_give_what_the_port_prepares(
    pair: Pair, recipe: str, images: Array
) -> None:
    variant = replace(variants.variant(recipe, pair.name), clamped=False)
    items = Items(images, np.zeros(len(images), np.int64), variant)
    loaded = np.stack([items[number][0].numpy() for number in range(len(items))])
    prepared = variants.transform(twin_file.read(pair.torch).prepare(images), variant)
    assert loaded.reshape(prepared.shape) == pytest.approx(prepared, abs=1e-6)
    assert recipe == "as_reported" or np.array_equal(loaded.reshape(prepared.shape), prepared)


def test_epochs_of_a_run_are_drawn_with_seeds_of_their_own() -> None:
    seeds = {draws.epoch_seed(seed, epoch) for seed in range(20) for epoch in range(20)}
    assert len(seeds) == 400
