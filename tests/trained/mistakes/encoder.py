"""Mistakes in the training of the encoder's port."""

import torch
from torch import nn

from tests.trained.mistake import Mistake
from tests.trained.torch_models.encoder import Net


class Kept(Net):
    """All weights of the attention are kept."""

    def __init__(self):
        super().__init__(of_weights=0.0)


class Half(Net):
    def __init__(self):
        super().__init__(of_weights=0.5)


class Branches(Net):
    def __init__(self):
        super().__init__(of_branches=0.3)


class FrozenAttention(Net):
    def __init__(self):
        super().__init__()
        self.attention.requires_grad_(False)


class Detached(Net):
    def forward(self, x):
        x = self.norm1(x + self.drop1(self.attention(x, x, x)[0].detach()))
        x = self.norm2(x + self.drop2(self.ffn2(self.ffn1(x).relu())))
        return self.classes(x.mean(dim=1))


def default_rate(model):
    return torch.optim.Adam(model.parameters())


MISTAKES = (
    Mistake("attention drops nothing", "training", "dropout-rate", Net=Kept),
    Mistake("attention drops a half", "training", "dropout-rate", Net=Half),
    Mistake("branches drop more", "training", "dropout-rate", Net=Branches),
    Mistake("the attention is frozen", "gradients", "frozen", Net=FrozenAttention),
    Mistake("the attention is detached", "gradients", "detached", Net=Detached),
    Mistake(
        "the loss is summed", "loss", "loss-reduction", loss=nn.CrossEntropyLoss(reduction="sum")
    ),
    Mistake("torch's Adam", "optimizer", "adam-epsilon", optimizer=default_rate),
)
