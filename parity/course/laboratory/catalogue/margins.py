"""Losses of angles and margins, which have no twin of the same name."""

import numpy as np

from parity.course.laboratory.experiment import Experiment
from parity.course.laboratory.measure import values


class CosineSign(Experiment):
    """The sign of cosine similarity, and its axis."""

    id = "cosine-similarity-sign"
    keras_does = "The loss CosineSimilarity is minus the cosine, over the last axis."
    torch_does = (
        "nn.CosineSimilarity is the cosine itself, over axis 1; nn.CosineEmbeddingLoss is 1 - cos."
    )
    naive_error = (
        "A loss with the wrong sign drives the vectors apart. CosineEmbeddingLoss has the right "
        "gradient, but its figure is greater by 1."
    )
    faithful_line = "-F.cosine_similarity(p, y, dim=-1).mean()"
    source = (
        "keras.io/api/losses/regression_losses",
        "docs.pytorch.org/docs/stable/generated/torch.nn.CosineEmbeddingLoss.html",
    )
    note = "Keras's metric of the same name has no minus."
    measure = staticmethod(values)
    apart, close = 0.5, 1e-5

    def given(rng):
        y = rng.normal(size=(32, 16))
        p = y + 0.5 * rng.normal(size=(32, 16))
        return {"p": p.astype("float32"), "y": y.astype("float32")}

    def in_keras(keras, p, y):
        """The loss."""
        return keras.losses.CosineSimilarity()(y, p)

    def naive(torch, p, y):
        """nn.CosineSimilarity()(p, y).mean()"""
        return torch.nn.CosineSimilarity()(p, y).mean()

    def naive_embedding(torch, p, y):
        """nn.CosineEmbeddingLoss()(p, y, ones)"""
        return torch.nn.CosineEmbeddingLoss()(p, y, torch.ones(len(p)))

    def faithful(torch, p, y):
        """-F.cosine_similarity(p, y, dim=-1).mean()"""
        return -torch.nn.functional.cosine_similarity(p, y, dim=-1).mean()


class HingeLabels(Experiment):
    """Labels of 0 and 1 in a hinge loss."""

    id = "hinge-labels"
    keras_does = "Labels that are all 0 or 1 are taken as -1 and 1; then mean(max(0, 1 - y * p))."
    torch_does = (
        "It has no such loss. nn.HingeEmbeddingLoss is another: p itself where y is 1, "
        "max(0, 1 - p) where y is -1."
    )
    naive_error = (
        "Written out with labels of 0, each negative sample costs a constant 1 and teaches nothing."
    )
    faithful_line = "(1 - (2 * y - 1) * p).clamp(min=0).mean()"
    source = (
        "keras.io/api/losses/hinge_losses",
        "docs.pytorch.org/docs/stable/generated/torch.nn.HingeEmbeddingLoss.html",
    )
    measure = staticmethod(values)
    apart, close = 0.1, 1e-5

    def given(rng):
        y = rng.integers(2, size=256)
        p = 2 * y - 1 + rng.normal(size=256)
        return {"p": p.astype("float32"), "y": y.astype("float32")}

    def in_keras(keras, p, y):
        """The loss."""
        return keras.losses.Hinge()(y, p)

    def naive(torch, p, y):
        """(1 - y * p).clamp(min=0).mean()"""
        return (1 - y * p).clamp(min=0).mean()

    def naive_embedding(torch, p, y):
        """nn.HingeEmbeddingLoss()(p, 2 * y - 1)"""
        return torch.nn.HingeEmbeddingLoss()(p, 2 * y - 1)

    def faithful(torch, p, y):
        """(1 - (2 * y - 1) * p).clamp(min=0).mean()"""
        return (1 - (2 * y - 1) * p).clamp(min=0).mean()


class CategoricalHinge(Experiment):
    """The hinge loss of many classes."""

    id = "categorical-hinge"
    keras_does = (
        "max(0, 1 - right + wrong), where wrong is max((1 - y) * p): the score of the best wrong "
        "class, but never less than 0."
    )
    torch_does = (
        "nn.MultiMarginLoss adds max(0, 1 - right + p) over all wrong classes, and divides by the "
        "number of classes."
    )
    naive_error = "Each wrong class counts, and not the best alone: another loss, another scale."
    faithful_line = "(1 - (y * p).sum(-1) + ((1 - y) * p).amax(-1)).clamp(min=0).mean()"
    source = (
        "keras.io/api/losses/hinge_losses",
        "docs.pytorch.org/docs/stable/generated/torch.nn.MultiMarginLoss.html",
    )
    note = "The textbook's margin to the best wrong class differs where all of them are negative."
    measure = staticmethod(values)
    apart, close = 0.1, 1e-5

    def given(rng):
        y = np.eye(5, dtype="float32")[rng.integers(5, size=256)]
        p = 2 * y - 1 + rng.normal(size=(256, 5))
        return {"p": p.astype("float32"), "y": y}

    def in_keras(keras, p, y):
        """The loss."""
        return keras.losses.CategoricalHinge()(y, p)

    def naive(torch, p, y):
        """nn.MultiMarginLoss()(p, y.argmax(1))"""
        return torch.nn.MultiMarginLoss()(p, y.argmax(1))

    def naive_margin(torch, p, y):
        """the margin to the best wrong class"""
        wrong = p.masked_fill(y == 1, -torch.inf).amax(-1)
        return (1 - (y * p).sum(-1) + wrong).clamp(min=0).mean()

    def faithful(torch, p, y):
        """Keras's formula"""
        return (1 - (y * p).sum(-1) + ((1 - y) * p).amax(-1)).clamp(min=0).mean()
