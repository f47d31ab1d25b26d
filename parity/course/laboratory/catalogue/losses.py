"""Losses but the cross-entropies: the order of arguments, signs, and what is averaged."""

import numpy as np

from parity.course.laboratory.experiment import Experiment
from parity.course.laboratory.measure import values


class MseBroadcast(Experiment):
    """Predictions (N, 1) against targets (N,)."""

    id = "mse-broadcast"
    keras_does = "A last axis of length 1 is added or taken away until both shapes agree."
    torch_does = "The two are broadcast to (N, N), with a warning."
    naive_error = (
        "Every prediction is held against every target. The best that it can learn is the mean of "
        "all targets, so a regression seems to have stopped there."
    )
    faithful_line = "F.mse_loss(prediction.squeeze(-1), y)"
    source = ("docs.pytorch.org/docs/stable/generated/torch.nn.MSELoss.html",)
    note = "L1Loss, HuberLoss and SmoothL1Loss broadcast too; nn.BCELoss raises."
    apart, close = 0.5, 1e-5

    def given(rng):
        y = rng.normal(size=64)
        return {
            "prediction": (y + 0.5 * rng.normal(size=64)).astype("float32")[:, None],
            "y": y.astype("float32"),
        }

    def in_keras(keras, prediction, y):
        return keras.losses.MeanSquaredError()(y, prediction)

    def naive(torch, prediction, y):
        """nn.MSELoss()(prediction, y)"""
        return torch.nn.MSELoss()(prediction, y)

    def faithful(torch, prediction, y):
        """nn.MSELoss()(prediction.squeeze(-1), y)"""
        return torch.nn.MSELoss()(prediction.squeeze(-1), y)


class KlDivergence(Experiment):
    """KL divergence: logarithms, order and mean."""

    id = "kld-poisson"
    keras_does = (
        "KLDivergence()(y_true, y_pred) takes two distributions, sums y * log(y / p) over the last "
        "axis, and averages over what is left."
    )
    torch_does = (
        "nn.KLDivLoss()(input, target) takes log p first, then y, and averages over all elements."
    )
    naive_error = (
        "Given probabilities, it computes something else that may be negative. With the logarithm "
        "it is still too small by the number of classes. In the other order it is the other "
        "divergence: KL is not symmetric."
    )
    faithful_line = "nn.KLDivLoss(reduction='batchmean')(p.log(), y)"
    source = (
        "docs.pytorch.org/docs/stable/generated/torch.nn.KLDivLoss.html",
        "keras.io/api/losses/probabilistic_losses",
    )
    note = (
        "'batchmean' divides by the first axis alone: flatten (N, steps, classes) to "
        "(N * steps, classes) first. Keras clips both to [1e-7, 1]."
    )
    measure = staticmethod(values)
    apart, close = 0.1, 1e-5

    def given(rng):
        y = rng.dirichlet(np.full(10, 0.5), size=64)
        p = rng.dirichlet(np.full(10, 2.0), size=64)
        return {"y": y.astype("float32"), "p": p.astype("float32")}

    def in_keras(keras, y, p):
        """The loss."""
        return keras.losses.KLDivergence()(y, p)

    def naive(torch, y, p):
        """nn.KLDivLoss()(p, y)"""
        return torch.nn.KLDivLoss()(p, y)

    def naive_mean(torch, y, p):
        """nn.KLDivLoss()(p.log(), y)"""
        return torch.nn.KLDivLoss()(p.log(), y)

    def naive_order(torch, y, p):
        """nn.KLDivLoss(reduction='batchmean')(y.log(), p)"""
        return torch.nn.KLDivLoss(reduction="batchmean")(y.log(), p)

    def faithful(torch, y, p):
        """nn.KLDivLoss(reduction='batchmean')(p.log(), y)"""
        return torch.nn.KLDivLoss(reduction="batchmean")(p.log(), y)


class PoissonLogInput(Experiment):
    """The Poisson loss of a rate, or of its logarithm."""

    id = "poisson-log-input"
    keras_does = "Poisson takes the rate: mean(p - y * log(p + 1e-7))."
    torch_does = "nn.PoissonNLLLoss takes the rate's logarithm: mean(exp(p) - y * p)."
    naive_error = (
        "The model's output is trained to be the logarithm: with a softplus or exp at its end it "
        "learns the wrong scale, and the loss falls all the same."
    )
    faithful_line = "nn.PoissonNLLLoss(log_input=False)"
    source = ("docs.pytorch.org/docs/stable/generated/torch.nn.PoissonNLLLoss.html",)
    measure = staticmethod(values)
    apart, close = 0.5, 1e-5

    def given(rng):
        rate = rng.gamma(2.0, size=256)
        return {
            "p": (rate * rng.uniform(0.5, 1.5, size=256)).astype("float32"),
            "y": rng.poisson(rate).astype("float32"),
        }

    def in_keras(keras, p, y):
        """The loss."""
        return keras.losses.Poisson()(y, p)

    def naive(torch, p, y):
        """nn.PoissonNLLLoss()(p, y)"""
        return torch.nn.PoissonNLLLoss()(p, y)

    def faithful(torch, p, y):
        """nn.PoissonNLLLoss(log_input=False)(p, y)"""
        return torch.nn.PoissonNLLLoss(log_input=False)(p, y)


class LossControls(Experiment):
    """Losses that agree: Huber, label smoothing, an ignored class."""

    id = "loss-controls"
    keras_does = (
        "Huber(delta), label_smoothing (the share is spread over all classes, the right one among "
        "them) and ignore_class (which counts neither in the sum nor in the mean)."
    )
    torch_does = "HuberLoss(delta), label_smoothing and ignore_index: the same."
    faithful_line = "nn.HuberLoss(delta=d); F.cross_entropy(..., label_smoothing=s, ignore_index=c)"
    source = (
        "docs.pytorch.org/docs/stable/generated/torch.nn.HuberLoss.html",
        "docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html",
    )
    note = "From logits. PyTorch ignores class -100 where nothing is said, Keras none."

    def given(rng):
        return {
            "logits": rng.normal(size=(64, 10)).astype("float32"),
            "y": rng.integers(10, size=64),
            "target": rng.normal(size=(64, 10)).astype("float32"),
        }

    def in_keras(keras, logits, y, target):
        smoothed = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)
        ignoring = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=3)
        return {
            "huber": keras.losses.Huber(delta=0.5)(target, logits),
            "smoothed": smoothed(keras.ops.one_hot(y, 10), logits),
            "ignoring": ignoring(y, logits),
        }

    def faithful(torch, logits, y, target):
        """nn.HuberLoss, label_smoothing, ignore_index"""
        return {
            "huber": torch.nn.HuberLoss(delta=0.5)(logits, target),
            "smoothed": torch.nn.functional.cross_entropy(logits, y, label_smoothing=0.1),
            "ignoring": torch.nn.functional.cross_entropy(logits, y, ignore_index=3),
        }


class SmoothL1(Experiment):
    """Huber is not smooth L1."""

    id = "huber-smooth-l1"
    keras_does = "Huber(delta): half the square up to delta, a line of slope delta beyond."
    torch_does = "nn.SmoothL1Loss(beta) is HuberLoss(delta=beta) divided by beta: its slope is 1."
    naive_error = "At 1, the default of both, they are the same; elsewhere off by a factor."
    faithful_line = "nn.HuberLoss(delta=delta)"
    source = ("docs.pytorch.org/docs/stable/generated/torch.nn.SmoothL1Loss.html",)
    measure = staticmethod(values)
    apart, close = 0.1, 1e-5

    def given(rng):
        prediction, y = rng.normal(size=(2, 64)).astype("float32")
        return {"prediction": prediction, "y": y}

    def in_keras(keras, prediction, y):
        """The loss."""
        return keras.losses.Huber(delta=0.5)(y, prediction)

    def naive(torch, prediction, y):
        """nn.SmoothL1Loss(beta=0.5)"""
        return torch.nn.SmoothL1Loss(beta=0.5)(prediction, y)

    def faithful(torch, prediction, y):
        """nn.HuberLoss(delta=0.5)"""
        return torch.nn.HuberLoss(delta=0.5)(prediction, y)
