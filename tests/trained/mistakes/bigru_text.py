"""Mistakes in the training of the topics' port."""

import torch
from torch import nn

from parity import semantics
from tests.trained.mistake import Mistake
from tests.trained.torch_models.bigru_text import Net


class DenseGradient(Net):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(*self.embedding.weight.shape)


def adamax(**options):
    return lambda model: semantics.Adamax(model.parameters(), **{"lr": 0.01, **options})


def adam(model):
    return semantics.Adam(model.parameters(), lr=0.01)


class TorchAdamax(DenseGradient):
    """torch's Adamax takes no sparse gradients."""


def torch_adamax(model):
    return torch.optim.Adamax(model.parameters(), lr=0.01)


def softmaxed(output, target):
    return nn.functional.cross_entropy(output.softmax(dim=1), target)


MISTAKES = (
    Mistake(
        "a dense gradient of the Embedding", "lockstep", "embedding-squares", Net=DenseGradient
    ),
    Mistake("torch's Adamax", "optimizer", "adam-epsilon", Net=TorchAdamax, optimizer=torch_adamax),
    Mistake("Adam for Adamax", "optimizer", "optimizer-replaced", optimizer=adam),
    Mistake("torch's rate", "optimizer", "learning-rate", optimizer=adamax(lr=0.002)),
    Mistake("beta_1 of 0.99", "optimizer", "optimizer-betas", optimizer=adamax(beta_1=0.99)),
    Mistake(
        "the loss is summed", "loss", "loss-reduction", loss=nn.CrossEntropyLoss(reduction="sum")
    ),
    Mistake("softmax twice", "loss", "loss-logits", loss=softmaxed),
)
