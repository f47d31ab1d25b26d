"""Metrics: what a name means, and where thresholds are."""

import numpy as np

from parity.course.laboratory.experiment import Experiment
from parity.course.laboratory.measure import values


class AccuracyString(Experiment):
    """What "accuracy" means."""

    id = "accuracy-string"
    keras_does = (
        "The shapes decide. An output whose last axis is 1 gets BinaryAccuracy; a target of lower "
        "rank, or whose last axis is 1, SparseCategoricalAccuracy; all else CategoricalAccuracy."
    )
    torch_does = "It has no metrics: a port says what it counts."
    naive_error = (
        "A dense auto-encoder's accuracy looks like a share of right pixels, as its loss suggests. "
        "It is the share of images whose brightest pixel is at the same place."
    )
    faithful_line = "(p.argmax(-1) == x.argmax(-1)).float().mean()"
    source = (
        "keras.io/api/models/model_training_apis",
        "github.com/tensorflow/tensorflow/issues/41361",
    )
    note = (
        "Before TensorFlow 2.2 tf.keras asked the loss: binary_crossentropy meant binary accuracy."
    )
    measure = staticmethod(values)
    apart, close = 0.1, 1e-6

    def given(rng):
        x = rng.random(size=(256, 64))
        return {
            "x": x.astype("float32"),
            "kernel": (8 * np.eye(64) + 0.2 * rng.normal(size=(64, 64))).astype("float32"),
        }

    def in_keras(keras, x, kernel):
        """The accuracy."""
        dense = keras.layers.Dense(64, activation="sigmoid", use_bias=False)
        model = keras.Sequential([keras.layers.Input((64,)), dense])
        dense.set_weights([kernel])
        model.compile(loss="binary_crossentropy", metrics=["accuracy"])
        return model.evaluate(x, x, batch_size=len(x), verbose=0)[1]

    def naive(torch, x, kernel):
        """the share of pixels on the right side of 1/2"""
        p = (x @ kernel).sigmoid()
        return ((p > 0.5) == (x > 0.5)).float().mean()

    def naive_binary(torch, x, kernel):
        """binary accuracy, by the name of the loss"""
        p = (x @ kernel).sigmoid()
        return (x == (p > 0.5).float()).float().mean()

    def faithful(torch, x, kernel):
        """categorical accuracy, by the shape"""
        p = (x @ kernel).sigmoid()
        return (p.argmax(-1) == x.argmax(-1)).float().mean()


class AutoencoderAccuracyCeiling(Experiment):
    """The accuracy of a perfect reconstruction."""

    id = "ae-accuracy-ceiling"
    keras_does = (
        "Maps with one channel get BinaryAccuracy: target == (p > 0.5). The target is not "
        "thresholded, so a grey pixel is never right."
    )
    torch_does = "It has no metrics."
    naive_error = (
        "With the target thresholded as well, a perfect reconstruction scores 1. In Keras it "
        "scores the share of pixels that are exactly black, or white to the last bit; an all black "
        "image is not far below, and the figure says little about either."
    )
    faithful_line = "(x == (p > 0.5).float()).float().mean()"
    source = (
        "keras.io/api/metrics/accuracy_metrics",
        "github.com/ardamavi/Unsupervised-Classification-with-Autoencoder/issues/1",
    )
    measure = staticmethod(values)
    apart, close = 0.2, 1e-6

    def given(rng):
        from sklearn.datasets import load_digits

        return {"x": (load_digits().images[..., None] / 16).astype("float32")}

    def in_keras(keras, x):
        """Of a perfect reconstruction, and of an all black image."""
        guesses = (x, keras.ops.zeros_like(x))
        return keras.ops.stack([keras.metrics.BinaryAccuracy()(x, p) for p in guesses])

    def naive(torch, x):
        """((x > 0.5) == (p > 0.5)).float().mean()"""
        guesses = (x, torch.zeros_like(x))
        return torch.stack([((x > 0.5) == (p > 0.5)).float().mean() for p in guesses])

    def faithful(torch, x):
        """(x == (p > 0.5).float()).float().mean()"""
        guesses = (x, torch.zeros_like(x))
        return torch.stack([(x == (p > 0.5).float()).float().mean() for p in guesses])


class AccuracyOfLogits(Experiment):
    """Accuracy of a model that ends in logits."""

    id = "accuracy-of-logits"
    keras_does = (
        "BinaryAccuracy's threshold is 0.5, also where the loss says from_logits=True: the metric "
        "does not hear of it, and counts from a probability of 0.62 on."
    )
    torch_does = "A port of a model with logits asks whether they are above 0."
    naive_error = (
        "Everything agrees but the accuracy. The port's is the right one, and the Keras model's a "
        "mistake of its own: metrics=[BinaryAccuracy(threshold=0)] mends it there."
    )
    faithful_line = "((logits > 0.5) == y).float().mean(), to report what Keras reports"
    source = (
        "keras.io/api/metrics/accuracy_metrics",
        "github.com/tensorflow/tensorflow/issues/41413",
    )
    note = "Categorical accuracy takes the largest, and does not care. Precision and Recall do."
    measure = staticmethod(values)
    apart, close = 0.05, 1e-6

    def given(rng):
        y = rng.random(size=(1024, 1)) < 0.9
        return {
            "logits": (2.0 * y - 1 + rng.normal(size=(1024, 1))).astype("float32"),
            "y": y.astype("float32"),
        }

    def in_keras(keras, logits, y):
        """The accuracy."""
        model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Identity()])
        model.compile(loss=keras.losses.BinaryCrossentropy(from_logits=True), metrics=["accuracy"])
        return model.evaluate(logits, y, batch_size=len(y), verbose=0)[1]

    def naive(torch, logits, y):
        """((logits > 0) == y).float().mean()"""
        return ((logits > 0) == y).float().mean()

    def faithful(torch, logits, y):
        """((logits > 0.5) == y).float().mean()"""
        return ((logits > 0.5) == y).float().mean()


class AucBins(Experiment):
    """The thresholds behind an AUC."""

    id = "auc-bins"
    keras_does = "AUC counts at 200 thresholds, evenly spaced over [0, 1], and adds up trapezoids."
    torch_does = "It has no AUC; scikit-learn's and others are exact, by ranks."
    naive_error = (
        "Close for probabilities that are spread out. Where positives are rare nearly all of them "
        "lie between two thresholds, and Keras's figure is far too low."
    )
    faithful_line = "torch.trapezoid over the rates at torch.linspace(0, 1, 200)"
    source = (
        "keras.io/api/metrics/classification_metrics",
        "github.com/tensorflow/tensorflow/issues/14834",
    )
    measure = staticmethod(values)
    apart, close = 0.05, 1e-5

    def given(rng):
        y = rng.random(size=4096) < 0.02
        p = 1 / (1 + np.exp(-(2 * y - 7 + rng.normal(size=4096))))
        return {"p": p.astype("float32"), "y": y}

    def in_keras(keras, p, y):
        """The area under the curve."""
        return keras.metrics.AUC()(y, p)

    def naive(torch, p, y):
        """roc_auc_score: how often a positive is ranked above a negative"""
        return (p[y][:, None] > p[~y]).float().mean()

    def faithful(torch, p, y):
        """200 thresholds"""
        thresholds = torch.linspace(0, 1, 200)
        thresholds[0], thresholds[-1] = -1e-7, 1 + 1e-7
        above = p[:, None] > thresholds
        recall, false_alarms = above[y].float().mean(0), above[~y].float().mean(0)
        return torch.trapezoid(recall.flip(0), false_alarms.flip(0))
