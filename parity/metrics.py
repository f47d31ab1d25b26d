"""The one definition of every loss and accuracy in the tables. NumPy, float64, no framework.

Losses and accuracies are means over samples; where a sample is an image, over its pixels too.
"""

import numpy as np

from parity.records import Array, Task

CLIP = 1e-7  # Keras keeps a probability this far from 0 and 1 before it takes a logarithm
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


LOSSES = {
    "CategoricalCrossentropy": categorical_crossentropy,
    "BinaryCrossentropy": binary_crossentropy,
    "MeanSquaredError": mean_squared_error,
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
