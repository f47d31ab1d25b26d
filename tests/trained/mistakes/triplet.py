"""Mistakes in the training of the triplet loss's port."""

import torch

from tests.trained.mistake import Mistake
from tests.trained.torch_models.triplet import step


def other_margin(model, batch, optimizer):
    return step(model, batch, optimizer, margin=1.0)


def stepped(mode=False, loss=lambda near, far: (near - far + 0.5).clamp(min=0).mean()):
    """The port's step with other habits."""

    def step(model, batch, optimizer):
        (x,) = batch
        model.train(mode)
        optimizer.zero_grad()
        value = loss(*model(*x))
        value.backward()
        optimizer.step()
        return value

    return step


def summed(near, far):
    return (near - far + 0.5).clamp(min=0).sum()


def detached(near, far):
    return (near - far.detach() + 0.5).clamp(min=0).mean()


def of_roots(near, far):
    return (near.sqrt() - far.sqrt() + 0.5).clamp(min=0).mean()


def torch_optimizer(model):
    return torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7)


MISTAKES = (
    Mistake("model.train() is called", "loss", "train-left-on", step=stepped(True)),
    Mistake("a margin of 1", "loss", "loss-setting", step=other_margin),
    Mistake("the loss is summed", "loss", "loss-reduction", step=stepped(loss=summed)),
    Mistake("the other is detached", "gradients", "detached", step=stepped(loss=detached)),
    Mistake("no square", "loss", "loss-replaced", step=stepped(loss=of_roots)),
    Mistake("torch's Adam", "optimizer", "adam-epsilon", optimizer=torch_optimizer),
)
