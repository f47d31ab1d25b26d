"""Mistakes in the training of the text classifier's port."""

import torch
from torch import nn

from parity import semantics
from tests.trained.mistake import Mistake
from tests.trained.torch_models.lstm_text import Net, loss


class TwoBiases(Net):
    def __init__(self):
        super().__init__()
        self.lstm.bias_hh_l0.requires_grad_(True)


class DenseGradient(Net):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(*self.embedding.weight.shape)


class FrozenEmbedding(Net):
    def __init__(self):
        super().__init__()
        self.embedding.weight.requires_grad_(False)


def adam(model, **options):
    trained = [p for p in model.parameters() if p.requires_grad]
    return semantics.Adam(trained, **{"lr": 0.01, "global_clipnorm": 0.1, **options})


def clipped_each(model):
    return adam(model, global_clipnorm=None, clipnorm=0.1)


def clipped_by_value(model):
    return adam(model, global_clipnorm=None, clipvalue=0.1)


def not_clipped(model):
    return adam(model, global_clipnorm=None)


def of_sigmoid(output, target):
    return nn.BCEWithLogitsLoss()(output.sigmoid(), target)


def shifted(output, target):
    return loss(output, torch.roll(target, 1, 0))


MISTAKES = (
    Mistake("two biases that both move", "lockstep", "bias-doubled", Net=TwoBiases),
    Mistake(
        "a dense gradient of the Embedding", "lockstep", "embedding-squares", Net=DenseGradient
    ),
    Mistake("the Embedding is frozen", "gradients", "frozen", Net=FrozenEmbedding),
    Mistake("each gradient is clipped", "optimizer", "clipnorm", optimizer=clipped_each),
    Mistake("values are clipped", "optimizer", "clipnorm", optimizer=clipped_by_value),
    Mistake("nothing is clipped", "optimizer", "clipnorm", optimizer=not_clipped),
    Mistake("sigmoid twice", "loss", "loss-logits", loss=of_sigmoid),
    Mistake("the labels of the neighbour", "loss", "targets-shifted", loss=shifted),
)
