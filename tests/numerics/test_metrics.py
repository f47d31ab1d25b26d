"""The one definition of each metric, held against Keras's own and against running figures."""

import numpy as np
import pytest

from parity.numerics import metrics
from parity.records.comparison import Array
from parity.sides.process import Sides

RNG = np.random.default_rng(3)


def keras_metric(target: Array, prediction: Array) -> tuple[float, float]:
    """Runs in the Keras worker: what `metrics=["accuracy"]` and the losses give there."""
    import keras

    keras.config.set_floatx("float64")
    accuracy = keras.Sequential([keras.layers.Input(prediction.shape[1:])])
    accuracy.compile(loss="mse", metrics=["accuracy"])
    found = accuracy.evaluate(prediction, target, verbose=0, return_dict=True)
    loss = keras.losses.BinaryCrossentropy()(target, prediction)
    return float(found["accuracy"]), float(loss)


@pytest.mark.parametrize("shape", [(50, 784), (50, 6, 6, 1)], ids=["features", "one-channel"])
def test_keras_accuracy_is_what_keras_makes_of_the_string(
    sides: Sides, shape: tuple[int, ...]
) -> None:
    target = RNG.integers(0, 3, shape) / 2.0
    prediction = RNG.uniform(0.01, 0.99, shape)
    prediction[:10] = target[:10] * 0.9 + 0.05
    theirs, loss = sides.keras.run(keras_metric, target, prediction)
    assert metrics.keras_accuracy("reconstruct", target, prediction) == pytest.approx(theirs)
    assert metrics.binary_crossentropy(target, prediction) == pytest.approx(loss, rel=1e-9)


def test_pixel_accuracy_thresholds_both_images() -> None:
    target = np.array([[0.0, 0.4, 0.6, 1.0]])
    prediction = np.array([[0.1, 0.6, 0.6, 0.9]])
    assert metrics.accuracy("reconstruct", target, prediction) == 0.75


def test_losses_weight_samples_not_batches() -> None:
    target = np.array([0, 1, 1])
    prediction = np.array([[0.5, 0.5], [0.0, 1.0], [0.25, 0.75]])
    expected = (np.log(2) + 0 - np.log(0.75)) / 3
    assert metrics.categorical_crossentropy(target, prediction) == pytest.approx(expected, abs=1e-6)


def test_probabilities_are_clipped_as_keras_clips() -> None:
    certain = metrics.categorical_crossentropy(np.array([1]), np.array([[1.0, 0.0]]))
    assert certain == pytest.approx(16.118, abs=1e-3)
