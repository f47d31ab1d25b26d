"""The one definition of every loss and accuracy in the tables. NumPy, float64, no framework.

Losses and accuracies are means over samples; where a sample is an image, over its pixels too.
"""

import numpy as np

from parity.records.comparison import Array
from parity.records.pair import Task

CLIP = 1e-7  # Keras keeps a probability this far from 0 and 1 before it takes a logarithm
LOG_FLOOR = -100.0  # torch's, in nn.BCELoss
THRESHOLD = 0.5


def categorical_crossentropy(target: Array, prediction: Array) -> float:
    """target: class indices (N,); prediction: probabilities (N, classes)."""
    chosen = prediction[np.arange(len(target)), target].astype(np.float64)
    return float(-np.log(np.clip(chosen, CLIP, 1 - CLIP)).mean())


def binary_crossentropy(target: Array, prediction: Array) -> float:
    """target in [0, 1] and prediction in (0, 1), of one shape."""
    p = np.clip(prediction.astype(np.float64), CLIP, 1 - CLIP)
    return float(-(target * np.log(p) + (1 - target) * np.log1p(-p)).mean())


def mean_squared_error(target: Array, prediction: Array) -> float:
    return float(np.square(prediction.astype(np.float64) - target).mean())


def cross_entropy_loss(target: Array, prediction: Array) -> float:
    """As `categorical_crossentropy`, of probabilities that torch does not clip."""
    chosen = prediction[np.arange(len(target)), target].astype(np.float64)
    return float(-np.log(np.maximum(chosen, np.finfo(np.float64).tiny)).mean())


def bce_loss(target: Array, prediction: Array) -> float:
    """As `binary_crossentropy`, with torch's clamp: no logarithm is below LOG_FLOOR."""
    p = prediction.astype(np.float64)
    with np.errstate(divide="ignore"):
        log, other = (np.maximum(np.log(x), LOG_FLOOR) for x in (p, 1 - p))
    return float(-(target * log + (1 - target) * other).mean())


# By the class of a file's loss: Keras's names, and torch's own.
LOSSES = {
    "CategoricalCrossentropy": categorical_crossentropy,
    "BinaryCrossentropy": binary_crossentropy,
    "MeanSquaredError": mean_squared_error,
    "CrossEntropyLoss": cross_entropy_loss,
    "BCELoss": bce_loss,
    "MSELoss": mean_squared_error,
}


def accuracy(task: Task, target: Array, prediction: Array) -> float:
    """classify: the share of samples whose most probable class is the label.

    reconstruct: the share of pixels that fall on the same side of 0.5 in both images, as the
    report thresholds them.
    """
    if task == "classify":
        return float((prediction.argmax(axis=1) == target).mean())
    return float(((prediction > THRESHOLD) == (target > THRESHOLD)).mean())


def keras_accuracy(task: Task, target: Array, prediction: Array) -> float:
    """What Keras makes of the string "accuracy" for this output.

    It goes by the last axis of the output. One channel: binary accuracy, whose target is not
    thresholded, so that a grey pixel is never right. More than one: the places of the largest
    values are compared, which for an image of 784 features means its brightest pixel.
    """
    if task == "classify":
        return accuracy(task, target, prediction)
    if prediction.shape[-1] == 1:
        return float((target == (prediction > THRESHOLD)).mean())
    return float((target.argmax(axis=-1) == prediction.argmax(axis=-1)).mean())
