"""Mistakes in the training of the fine-tuned classifier's port."""

import torch
import torch.nn.functional as F

from parity import semantics
from tests.trained.mistake import Mistake
from tests.trained.torch_models.fine_tuned import optimizer


def exchanged(model):
    return [
        semantics.Adam(model.head.parameters(), lr=0.001),
        semantics.SGD(model.body.parameters(), lr=0.1, momentum=0.9),
    ]


def torch_adam(model):
    return [torch.optim.Adam(model.body.parameters(), lr=0.001), optimizer(model)[1]]


def torch_sgd(model):
    return [optimizer(model)[0], torch.optim.SGD(model.head.parameters(), lr=0.1, momentum=0.5)]


def detached(model, batch, optimizers):
    x, y = batch
    for one in optimizers:
        one.zero_grad()
    value = F.cross_entropy(model.head(model.body(x).relu().detach()), y)
    value.backward()
    for one in optimizers:
        one.step()
    return value


def head_alone(model, batch, optimizers):
    x, y = batch
    for one in optimizers:
        one.zero_grad()
    value = F.cross_entropy(model(x), y)
    value.backward()
    optimizers[1].step()
    return value


def not_cleared(model, batch, optimizers):
    x, y = batch
    value = F.cross_entropy(model(x), y)
    value.backward()
    for one in optimizers:
        one.step()
    return value


MISTAKES = (
    Mistake(
        "the rates are one",
        "optimizer",
        "learning-rate",
        optimizer=lambda m: optimizer(m, slow=0.1),
    ),
    Mistake(
        "no momentum",
        "optimizer",
        "optimizer-betas",
        optimizer=lambda m: optimizer(m, momentum=0.0),
    ),
    Mistake("torch's Adam", "optimizer", "adam-epsilon", optimizer=torch_adam),
    Mistake("half of the momentum", "optimizer", "optimizer-betas", optimizer=torch_sgd),
    Mistake("optimizers change places", "optimizer", "", optimizer=exchanged),
    Mistake("the body is detached", "gradients", "detached", step=detached),
    Mistake("the body makes no step", "optimizer", "accumulation", step=head_alone),
    Mistake("zero_grad forgotten", "lockstep", "zero-grad", step=not_cleared),
)
