"""The harness's training steps are the frameworks' own: what `fit` does, with given draws."""

from collections.abc import Callable

import numpy as np
import pytest

from parity.checking import models
from parity.checking.probe import Probe
from parity.mapping.plan import Plan, key
from parity.numerics import draws
from parity.pairs import select
from parity.records.comparison import Array
from parity.records.training import Session
from parity.sides import process
from parity.sides.process import AnyWorker, Sides
from parity.sides.training_verbs import Epochs, Training, TrainingInKeras
from parity.sides.verbs import Models
from parity.train.session import session, start

BACKENDS = pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
# Threads may add in another order the second time; another convention is 1e-5 and more.
ROUNDING = 1e-12
Ready = Callable[..., tuple[Plan, Session, Sides]]


@pytest.fixture
def ready(sides_on: Callable[[str], Sides], shown: Probe) -> Ready:
    """Both models of a pair, started in float64 on a training set with a partial last batch."""

    def run(name: str, backend: str, samples: int = 600) -> tuple[Plan, Session, Sides]:
        (pair,) = select([name])
        sides = sides_on(backend)
        plan = models.draw_up(pair, sides, samples=shown)
        shared = session(plan, sides, seed=1)
        images, labels = shown.train_raw[:samples], shown.train_labels[:samples]
        start(plan, sides, "float64", images, labels, shared)
        return plan, shared, sides

    return run


def largest(a: dict[str, Array], b: dict[str, Array]) -> float:
    return max(float(np.abs(a[name] - b[name]).max()) for name in a)


def kerass_own_epoch(name: str, order: Array) -> float:
    """Runs in the Keras worker: `model.fit` itself on the first epoch's samples in this order."""
    held = process._state.side._held[name]
    x, target = held.feed.samples(1)
    size = held.feed.session.batch_size
    options = {"batch_size": size, "shuffle": False, "verbose": 0}
    return float(held.model.fit(x[order], target[order], **options).history["loss"][0])


def kerass_own_figures(name: str, values: Array, raw: Array, labels: Array) -> dict[str, float]:
    """Runs in the Keras worker: `evaluate` itself of what stands behind a model's last product."""
    from parity.sides import keras_losses

    held = process._state.side._held[name]
    probe, _ = keras_losses._loss_alone(held, values.shape[1:])
    target = held.twin.target(raw, labels, held.dtype)
    return dict(probe.evaluate(values, target, len(values), verbose=0, return_dict=True))


@BACKENDS
def test_steps_are_what_fit_does(ready: Ready, backend: str, shown: Probe) -> None:
    """simple_ae draws nothing: steps one by one, the epoch's loop and `fit` must end alike."""
    plan, shared, sides = ready("simple_ae", backend, samples=600)
    name = key(plan.pair, "float64")
    for worker in (sides.keras, sides.torch):
        worker.call(Training.mark, name)
        steps = worker.call(Training.advance, name, 1, 3)
        stepped = worker.call(Models.weights, name)
        worker.call(Training.restore, name)
        trained = worker.call(Epochs.fit, name, 1)
        assert largest(stepped, worker.call(Models.weights, name)) < ROUNDING
        assert steps.samples.tolist() == trained.samples.tolist() == [256, 256, 88]
        # The figures of a step may be float32, and their mean another one's.
        assert trained.losses == pytest.approx(steps.losses, abs=1e-7)
        assert trained.accuracies == pytest.approx(steps.accuracies, abs=1e-7)
        if worker is sides.keras:
            worker.call(Training.restore, name)
            loss = worker.run(kerass_own_epoch, name, draws.permutation(shared.seed, 1, 600))
            assert largest(stepped, worker.call(Models.weights, name)) < ROUNDING
            assert loss == pytest.approx(trained.loss, abs=1e-7)
            values = np.random.default_rng(0).standard_normal((64, 784))
            given = name, values, shown.raw, shown.labels
            figures = sides.keras.call(TrainingInKeras.losses, *given)
            assert figures == pytest.approx(sides.keras.run(kerass_own_figures, *given), abs=1e-7)


@BACKENDS
def test_rewinding_gives_the_same_steps_again(ready: Ready, backend: str) -> None:
    plan, _, sides = ready("mlp", backend)
    name = key(plan.pair, "float64")
    for worker in (sides.keras, sides.torch):
        worker.call(Training.advance, name, 1, 2)
        worker.call(Training.mark, name)
        first = _after(worker, name)
        worker.call(Training.restore, name)
        assert largest(first, _after(worker, name)) < ROUNDING


def _after(worker: AnyWorker, name: str) -> dict[str, Array]:
    worker.call(Training.advance, name, 3, 2)
    return worker.call(Models.weights, name)


@BACKENDS
def test_gradients_move_nothing(ready: Ready, shown: Probe, backend: str) -> None:
    plan, _, sides = ready("mlp", backend)
    name = key(plan.pair, "float64")
    for worker in (sides.keras, sides.torch):
        before = worker.call(Models.weights, name)
        found = worker.call(Training.gradients, name, shown.raw, shown.labels, 1)
        assert found.unused == ()
        assert [x.shape for x in found.inputs.values()] == [(64, 784)]
        assert any(gradient.any() for gradient in found.weights.values())
        assert largest(before, worker.call(Models.weights, name)) == 0


@BACKENDS
def test_a_trained_layer_drops_what_the_mask_says(ready: Ready, backend: str) -> None:
    """And scales the rest as the framework itself does: by 1 / (1 - rate)."""
    plan, shared, sides = ready("mlp", backend)
    name = key(plan.pair, "float64")
    layer = next(layer for layer in shared.layers if layer.name == "drop1")
    keep = draws.of_layer(layer, shared.seed, 1, 128, "float64")
    keras, torch = sides.both(Training.trace_step, name, 1)
    for trace in (keras, torch):
        x, y = trace.inputs["drop1"], trace.outputs["drop1"]
        assert np.array_equal(y == 0, ~keep | (x == 0))
        assert np.allclose(y[keep], x[keep] / 0.8, rtol=1e-6)


def torch_scale() -> float:
    """What nn.Dropout multiplies by when it draws for itself."""
    import torch

    ones = torch.ones(1000, dtype=torch.float64)
    dropped = torch.nn.Dropout(0.2).train()(ones)
    return float(dropped.max())


def keras_scale() -> float:
    """What Keras's Dropout multiplies by when it draws for itself."""
    import keras

    layer = keras.layers.Dropout(0.2, dtype="float64")
    dropped = layer(np.ones((1, 1000)), training=True)
    return float(keras.ops.convert_to_numpy(dropped).max())


@BACKENDS
def test_the_frameworks_own_dropout_scales_alike(
    sides_on: Callable[[str], Sides], backend: str
) -> None:
    sides = sides_on(backend)
    assert sides.torch.run(torch_scale) == pytest.approx(1.25, rel=1e-7)
    assert sides.keras.run(keras_scale) == pytest.approx(1.25, rel=1e-7)
