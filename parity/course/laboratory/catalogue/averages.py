"""Averages: the figure of an epoch, and of batches of unequal size."""

import numpy as np

from parity.course.laboratory.catalogue.digits import digits, keras_regression, torch_regression
from parity.course.laboratory.experiment import Experiment
from parity.course.laboratory.measure import times, values


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
        return digits()

    def in_keras(keras, x, y):
        """The loss of the first epoch."""
        model = keras_regression(keras, 0.5)
        return model.fit(x, y, shuffle=False, verbose=0).history["loss"][0]

    def naive(torch, x, y):
        """the training set after the epoch"""
        w = torch_regression(torch, 0.5, zip(x.split(32), y.split(32), strict=True))
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
    source = (
        "keras.io/api/models/model_training_apis",
        "github.com/tensorflow/tensorflow/issues/38596",
    )
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
        p = 1 / (1 + np.exp(-(3 * y - 2.5 + rng.normal(size=(1024, 1)))))
        return {"p": p.astype("float32"), "y": y.astype("float32")}

    def in_keras(keras, p, y):
        """The precision over all batches."""
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


class LossReduction(Experiment):
    """What the loss of a batch of images is divided by."""

    id = "loss-reduction"
    keras_does = (
        'reduction="sum_over_batch_size" means over the last axis and then over all that is left: '
        "each pixel counts once, and the loss does not grow with the image."
    )
    torch_does = 'reduction="mean" divides by the number of elements, which is the same.'
    naive_error = (
        'reduction="sum", alone or divided by the batch as papers write it, makes loss and '
        "gradients as many times as large as an image has pixels. Adam divides by the size of the "
        "gradient and hides it; SGD, clipping and a term beside the loss do not."
    )
    faithful_line = "nn.MSELoss()"
    source = ("keras.io/api/losses", "docs.pytorch.org/docs/stable/generated/torch.nn.MSELoss.html")
    note = (
        'Keras has "mean_with_sample_weight" too, which divides by the sum of the weights, and '
        "not by the number of samples."
    )
    measure = staticmethod(times)
    apart, close = 2.0, 1e-5

    def given(rng):
        shape = (8, 6, 6, 1)
        return {name: rng.random(size=shape).astype("float32") for name in ("x", "y")}

    def in_keras(keras, x, y):
        """The loss."""
        return keras.losses.MeanSquaredError()(y, x)

    def naive(torch, x, y):
        """nn.MSELoss(reduction="sum")(x, y)"""
        return torch.nn.MSELoss(reduction="sum")(x, y)

    def naive_per_image(torch, x, y):
        """nn.MSELoss(reduction="sum")(x, y) / len(x)"""
        return torch.nn.MSELoss(reduction="sum")(x, y) / len(x)

    def faithful(torch, x, y):
        """nn.MSELoss()(x, y)"""
        return torch.nn.MSELoss()(x, y)
