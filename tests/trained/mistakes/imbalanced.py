"""Mistakes in the training of the rare event's port."""

import torch
import torch.nn.functional as F
from torch import nn

from parity import semantics
from tests.trained.mistake import Mistake
from tests.trained.torch_models.imbalanced import CLASS_WEIGHT, SMOOTHING, Net


def smoothed(target, smoothing=SMOOTHING):
    return target * (1 - smoothing) + smoothing / 2


def weights(target, negative=CLASS_WEIGHT[0], positive=CLASS_WEIGHT[1]):
    return negative + (positive - negative) * target


def crossentropy(output, target):
    return F.binary_cross_entropy_with_logits(output, target, reduction="none")


def by_sum_of_weights(output, target):
    weight = weights(target)
    return (weight * crossentropy(output, smoothed(target))).sum() / weight.sum()


def not_weighted(output, target):
    return crossentropy(output, smoothed(target)).mean()


def exchanged(output, target):
    return (weights(target, *CLASS_WEIGHT[::-1]) * crossentropy(output, smoothed(target))).mean()


def weighted_smoothly(output, target):
    """A weight of the smoothed label."""
    smooth = smoothed(target)
    return (weights(smooth) * crossentropy(output, smooth)).mean()


def pos_weight(output, target):
    """It weighs a term of the loss, not a sample."""
    weight = torch.tensor(CLASS_WEIGHT[1] / CLASS_WEIGHT[0], dtype=output.dtype)
    return F.binary_cross_entropy_with_logits(output, smoothed(target), pos_weight=weight)


def not_smoothed(output, target):
    return (weights(target) * crossentropy(output, target)).mean()


def smoothed_twice(output, target):
    return (weights(target) * crossentropy(output, smoothed(target, 2 * SMOOTHING))).mean()


class NoDropout(Net):
    def __init__(self):
        super().__init__()
        self.drop = nn.Identity()


def adam(**options):
    given = {"lr": 0.01, "amsgrad": True, "weight_decay": 0.1, **options}
    return lambda model: semantics.Adam(model.parameters(), **given)


def torch_adam(model):
    """Its weight_decay is added to the gradient."""
    return torch.optim.Adam(model.parameters(), lr=0.01, eps=1e-7, amsgrad=True, weight_decay=0.1)


MISTAKES = (
    Mistake("divided by the weights' sum", "loss", "sample-weights", loss=by_sum_of_weights),
    Mistake("the classes' weights are lost", "loss", "sample-weights", loss=not_weighted),
    Mistake("the classes change places", "loss", "sample-weights", loss=exchanged),
    Mistake("weights of smoothed labels", "loss", "sample-weights", loss=weighted_smoothly),
    Mistake("pos_weight", "loss", "sample-weights", loss=pos_weight),
    Mistake("labels are not smoothed", "loss", "label-smoothing", loss=not_smoothed),
    Mistake("labels are smoothed twice as much", "loss", "label-smoothing", loss=smoothed_twice),
    Mistake("dropout is lost", "training", "layer-missing", Net=NoDropout),
    Mistake("amsgrad is lost", "optimizer", "amsgrad", optimizer=adam(amsgrad=False)),
    Mistake("no decay", "optimizer", "weight-decay", optimizer=adam(weight_decay=None)),
    Mistake("torch's Adam", "optimizer", "weight-decay", optimizer=torch_adam),
    Mistake("epsilon of 1e-3", "optimizer", "adam-epsilon", optimizer=adam(epsilon=1e-3)),
)
