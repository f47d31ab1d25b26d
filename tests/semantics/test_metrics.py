"""Running metrics against Keras's own, over batches of unequal size."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from parity.records.comparison import Array
from parity.semantics import metrics
from parity.sides.process import Sides
from tests.semantics.keras_answers import losses as keras_answers

SidesOn = Callable[[str], Sides]
SIZES = [5, 3, 1]
FLOAT32 = 2.0**-23
draw = np.random.default_rng(0)


def images(channels: int) -> list[tuple[Array, Array]]:
    """(target, prediction) of each batch; a third of the target is black or white."""
    shapes = [(size, 4, 4, channels) for size in SIZES]
    targets = [draw.uniform(0, 1, shape) for shape in shapes]
    targets = [np.where(draw.random(t.shape) < 0.3, np.round(t), t) for t in targets]
    return [(target, draw.uniform(0, 1, target.shape)) for target in targets]


def classes() -> list[tuple[Array, Array]]:
    return [(draw.integers(0, 3, size), draw.random((size, 3))) for size in SIZES]


def one_hot() -> list[tuple[Array, Array]]:
    return [(np.eye(3)[target], prediction) for target, prediction in classes()]


COMPARED = {
    "BinaryAccuracy": images(1),
    "CategoricalAccuracy": one_hot(),
    "SparseCategoricalAccuracy": classes(),
    "MeanSquaredError": images(2),
    "MeanAbsoluteError": images(1),
}


def results(name: str, batches: list[Any], backend: str, **options: Any) -> list[float]:
    metric = getattr(metrics, name)(keras_backend=backend, **options)
    found = []
    for target, prediction, weight in batches:
        share = None if weight is None else torch.tensor(weight)
        metric.update(torch.tensor(prediction), torch.tensor(target), share)
        found.append(metric.result().item())
    return found


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("name", COMPARED)
def test_a_metric_runs_as_kerass(
    sides_on: SidesOn, backend: str, weighted: bool, name: str
) -> None:
    batches = [
        (*pair, draw.uniform(0, 2, len(pair[0])) if weighted else None) for pair in COMPARED[name]
    ]
    keras = sides_on(backend).keras.run(keras_answers.metric_results, name, {}, batches, "float64")
    # On jax Keras averages a sample's pixels in float32, in an order of XLA's own.
    tolerance = 1e-13 if backend == "tensorflow" else 8 * FLOAT32
    assert results(name, batches, backend) == pytest.approx(keras, rel=tolerance)


def test_another_threshold(sides: Sides) -> None:
    batches = [(*pair, None) for pair in COMPARED["BinaryAccuracy"]]
    options = {"threshold": 0.2}
    keras = sides.keras.run(
        keras_answers.metric_results, "BinaryAccuracy", options, batches, "float64"
    )
    assert results("BinaryAccuracy", batches, "tensorflow", **options) == pytest.approx(keras)


def test_an_epoch_weighs_the_loss_of_a_batch_by_its_size(sides: Sides) -> None:
    losses = [0.9, 0.5, 7.0]
    batches = [(np.float64(loss), size) for loss, size in zip(losses, SIZES, strict=True)]
    keras = sides.keras.run(keras_answers.metric_results, "Mean", {}, batches, "float64")
    mean = metrics.Mean()
    for loss, size in zip(losses, SIZES, strict=True):
        mean.update(torch.tensor(loss, dtype=torch.float64), size)
    assert mean.result().item() == pytest.approx(keras[-1], rel=1e-15)
    assert mean.result().item() != pytest.approx(np.mean(losses), rel=1e-2)


def test_a_mean_takes_samples_of_any_shape(sides: Sides) -> None:
    values = [draw.random((size, 2, 3)) for size in SIZES]
    batches = [(value, None) for value in values]
    keras = sides.keras.run(keras_answers.metric_results, "Mean", {}, batches, "float64")
    mean = metrics.Mean()
    for value in values:
        mean.update(torch.tensor(value))
    assert mean.result().item() == pytest.approx(keras[-1], rel=1e-13)


def test_a_thresholded_target_is_seen_to_differ(sides: Sides) -> None:
    batches = [(*pair, None) for pair in COMPARED["BinaryAccuracy"]]
    keras = sides.keras.run(keras_answers.metric_results, "BinaryAccuracy", {}, batches, "float64")
    rounded = [(np.round(target), prediction, None) for target, prediction, _ in batches]
    assert abs(results("BinaryAccuracy", rounded, "tensorflow")[-1] - keras[-1]) > 0.05


@pytest.mark.parametrize(
    ("target", "prediction"),
    [
        ((8, 10), (8, 10)),
        ((8,), (8, 10)),
        ((8, 1), (8, 10)),
        ((8, 1), (8, 1)),
        ((8,), (8, 1)),
        ((8,), (8,)),
        ((8, 784), (8, 784)),
        ((8, 28, 28, 1), (8, 28, 28, 1)),
        ((8, 28, 28, 3), (8, 28, 28, 3)),
        ((8, 28, 28), (8, 28, 28, 5)),
        ((8, 28, 28, 1), (8, 28, 28, 5)),
        ((1,), (1,)),
    ],
)
def test_the_string_accuracy_goes_by_shapes(
    sides: Sides, target: tuple[int, ...], prediction: tuple[int, ...]
) -> None:
    keras = sides.keras.run(keras_answers.accuracy_metric, target, prediction)
    assert type(metrics.accuracy(target, prediction)).__name__ == keras


def test_reset_forgets() -> None:
    mean = metrics.Mean()
    mean.update(torch.ones(3))
    mean.reset()
    assert mean.result() == 0
    mean.update(torch.zeros(1))
    assert mean.result() == 0


def test_a_metric_keeps_no_graph() -> None:
    mean = metrics.Mean()
    mean.update(torch.ones(3, requires_grad=True) * 2)
    assert not mean.result().requires_grad


def test_a_weight_that_fits_no_sample_is_refused() -> None:
    with pytest.raises(ValueError, match=r"weight \(2,\) does not fit values \(3,\)"):
        metrics.Mean().update(torch.ones(3), torch.ones(2))


def test_class_indices_must_fit_the_prediction() -> None:
    with pytest.raises(ValueError, match=r"class indices of shape \(4,\)"):
        metrics.SparseCategoricalAccuracy().update(torch.zeros(4, 3), torch.zeros(3))


def test_a_shape_without_a_batch_is_refused() -> None:
    with pytest.raises(ValueError, match="batch axis"):
        metrics.accuracy((), (3,))
