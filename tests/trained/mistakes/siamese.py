"""Mistakes in the training of the siamese network's port."""

import torch

from tests.trained.mistake import Mistake
from tests.trained.torch_models.siamese import loss


def not_squared(output, same):
    return ((1 - same) * output.square() + same * (1 - output).clamp(min=0)).mean()


def torch_optimizer(model):
    return torch.optim.RMSprop(model.parameters(), lr=1e-3, alpha=0.9, eps=1e-7)


MISTAKES = (
    Mistake("a margin of 2", "loss", "loss-setting", loss=lambda p, y: loss(p, y, 2.0)),
    Mistake("0 and 1 change places", "loss", "targets-exchanged", loss=lambda p, y: loss(p, 1 - y)),
    Mistake("the hinge is not squared", "loss", "loss-replaced", loss=not_squared),
    Mistake("half of the loss", "loss", "loss-reduction", loss=lambda p, y: loss(p, y) / 2),
    Mistake("[N] against [N, 1]", "loss", "loss-broadcast", loss=lambda p, y: loss(p, y[:, 0])),
    Mistake("torch's RMSprop", "optimizer", "rmsprop-epsilon", optimizer=torch_optimizer),
)
