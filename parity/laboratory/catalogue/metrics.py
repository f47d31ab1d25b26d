"""Metrics: what a name means, and what is averaged over what."""

import numpy as np

from parity.laboratory.experiment import Experiment
from parity.laboratory.measure import values


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
    note = "Before Keras 2.3 the loss had a say: binary_crossentropy meant binary accuracy."
    measure = staticmethod(values)
    apart, close = 0.2, 1e-6

    def given(rng):
        x = rng.random(size=(256, 64))
        return {
            "x": x.astype("float32"),
            "kernel": (8 * np.eye(64) + rng.normal(size=(64, 64))).astype("float32"),
        }

    def in_keras(keras, x, kernel):
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
        "With the target thresholded as well, a perfect reconstruction scores 1. In Keras it scores "
        "the share of pixels that are exactly black or white, and an all black image is not far "
        "below: the figure says little about either."
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
        """Of a model that changes nothing."""
        model = keras.Sequential([keras.layers.Input((8, 8, 1)), keras.layers.Identity()])
        model.compile(loss="binary_crossentropy", metrics=["accuracy"])
        return model.evaluate(x, x, batch_size=len(x), verbose=0)[1]

    def naive(torch, x):
        """((x > 0.5) == (p > 0.5)).float().mean()"""
        return ((x > 0.5) == (x > 0.5)).float().mean()

    def faithful(torch, x):
        """(x == (p > 0.5).float()).float().mean()"""
        return (x == (x > 0.5).float()).float().mean()

    def faithful_black(torch, x):
        """the same of an all black image"""
        return (x == 0).float().mean()


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
    apart, close = 0.02, 1e-6

    def given(rng):
        y = rng.integers(2, size=(1024, 1))
        return {
            "logits": (2 * y - 1 + rng.normal(size=(1024, 1))).astype("float32"),
            "y": y.astype("float32"),
        }

    def in_keras(keras, logits, y):
        model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Identity()])
        model.compile(loss=keras.losses.BinaryCrossentropy(from_logits=True), metrics=["accuracy"])
        return model.evaluate(logits, y, batch_size=len(y), verbose=0)[1]

    def naive(torch, logits, y):
        """((logits > 0) == y).float().mean()"""
        return ((logits > 0) == y).float().mean()

    def faithful(torch, logits, y):
        """((logits > 0.5) == y).float().mean()"""
        return ((logits > 0.5) == y).float().mean()


class EpochMetrics(Experiment):
    """The loss that is reported for an epoch."""

    id = "epoch-metrics"
    keras_does = (
        "fit reports the mean over the epoch's samples of what each had when it was trained on: "
        "by weights that move, with dropout on."
    )
    torch_does = "The loop decides."
    naive_error = (
        "Evaluating the training set after the epoch is a better model's loss; the last batch's is "
        "a better model's too, and noise. The first epoch's curves lie far apart."
    )
    faithful_line = "total += loss.item() * len(x) in the loop; total / N after it"
    source = (
        "keras.io/getting_started/faq",
        "github.com/keras-team/keras/issues/503",
    )
    measure = staticmethod(values)
    apart, close = 0.1, 1e-4  # after 57 steps, in which rounding adds up

    def given(rng):
        from sklearn.datasets import load_digits

        x, y = load_digits(return_X_y=True)
        return {"x": (x / 16).astype("float32"), "y": y}

    def in_keras(keras, x, y):
        dense = keras.layers.Dense(
            10, activation="softmax", use_bias=False, kernel_initializer="zeros"
        )
        model = keras.Sequential([dense])
        model.compile(keras.optimizers.SGD(0.5), "sparse_categorical_crossentropy")
        return model.fit(x, y, shuffle=False, verbose=0).history["loss"][0]

    def naive(torch, x, y):
        """the training set after the epoch"""
        w = torch.zeros(64, 10, requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.5)
        for xs, ys in zip(x.split(32), y.split(32), strict=True):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(xs @ w, ys).backward()
            optimizer.step()
        return torch.nn.functional.cross_entropy(x @ w, y)

    def naive_last(torch, x, y):
        """the last batch"""
        w = torch.zeros(64, 10, requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.5)
        for xs, ys in zip(x.split(32), y.split(32), strict=True):
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(xs @ w, ys)
            loss.backward()
            optimizer.step()
        return loss

    def faithful(torch, x, y):
        """the mean over the samples, while training"""
        w = torch.zeros(64, 10, requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.5)
        total = 0.0
        for xs, ys in zip(x.split(32), y.split(32), strict=True):
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(xs @ w, ys)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(xs)
        return total / len(x)


class PartialBatch(Experiment):
    """A last batch that is smaller than the others."""

    id = "partial-batch"
    keras_does = "evaluate and fit weigh each batch by its size: the mean over the samples."
    torch_does = "The loop decides; a DataLoader keeps the smaller last batch."
    naive_error = (
        "A mean of the batches' means counts each sample of a last batch of 4 eight times as much "
        "as one of a batch of 32. It is right whenever the batch size divides the data."
    )
    faithful_line = "sum(loss * len(batch)) / N"
    source = ("keras.io/api/models/model_training_apis",)
    note = "For the same reason the right answers are divided by N, and not by the batches."
    apart, close = 0.02, 1e-5

    def given(rng):
        prediction, y = rng.normal(size=(2, 100, 1)).astype("float32")
        y[96:] *= 3  # the last four are hard
        return {"prediction": prediction, "y": y}

    def in_keras(keras, prediction, y):
        model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Identity()])
        model.compile(loss="mean_squared_error")
        return model.evaluate(prediction, y, batch_size=32, verbose=0)

    def naive(torch, prediction, y):
        """the mean of the batches' means"""
        batches = zip(prediction.split(32), y.split(32), strict=True)
        losses = [torch.nn.functional.mse_loss(p, t) for p, t in batches]
        return sum(losses) / len(losses)

    def faithful(torch, prediction, y):
        """weighed by the size of the batch"""
        batches = zip(prediction.split(32), y.split(32), strict=True)
        return sum(torch.nn.functional.mse_loss(p, t) * len(p) for p, t in batches) / len(y)


class PrecisionOverBatches(Experiment):
    """Precision over many batches."""

    id = "precision-over-batches"
    keras_does = (
        "Precision, Recall, AUC and F1Score add up counts over all batches, and divide at the end."
    )
    torch_does = "It has no metrics; loops collect one figure a batch."
    naive_error = (
        "A mean of ratios is not the ratio of sums, even for batches of one size. Where positives "
        "are rare, batches without a single hit count as 0."
    )
    faithful_line = "hits += ...; predicted += ... in the loop; hits / predicted after it"
    source = ("keras.io/api/metrics/classification_metrics",)
    measure = staticmethod(values)
    apart, close = 0.05, 1e-6

    def given(rng):
        y = rng.random(size=(1024, 1)) < 0.05
        p = 1 / (1 + np.exp(-(3 * y - 1.5 + rng.normal(size=(1024, 1)))))
        return {"p": p.astype("float32"), "y": y.astype("float32")}

    def in_keras(keras, p, y):
        model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Identity()])
        model.compile(loss="binary_crossentropy", metrics=[keras.metrics.Precision()])
        return model.evaluate(p, y, batch_size=32, verbose=0)[1]

    def naive(torch, p, y):
        """the mean of the batches' precisions"""
        found = []
        for ps, ys in zip(p.split(32), y.split(32), strict=True):
            chosen = ps > 0.5
            found.append((chosen * ys).sum() / chosen.sum().clamp(min=1))
        return sum(found) / len(found)

    def faithful(torch, p, y):
        """counts over all batches"""
        hits = predicted = 0
        for ps, ys in zip(p.split(32), y.split(32), strict=True):
            chosen = ps > 0.5
            hits += (chosen * ys).sum()
            predicted += chosen.sum()
        return hits / predicted


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
        p = 1 / (1 + np.exp(-(2 * y - 6 + rng.normal(size=4096))))
        return {"p": p.astype("float32"), "y": y}

    def in_keras(keras, p, y):
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
