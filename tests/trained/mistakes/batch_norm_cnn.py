"""Mistakes in the training of the image classifier's port."""

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

from parity import semantics
from tests.trained.mistake import Mistake
from tests.trained.torch_models.batch_norm_cnn import (
    L2,
    RATES,
    Net,
    cross_entropy,
    penalty,
    rate,
)


def stepped(penalty=penalty, cross_entropy=cross_entropy):
    def step(model, batch, optimizer):
        x, y = batch
        optimizer.zero_grad()
        value = cross_entropy(model(x), y) + penalty(model)
        value.backward()
        optimizer.step()
        return value

    return step


def none(model):
    return 0.0


def half(model):
    return penalty(model) / 2


def norms(model):
    """The L2 norm in place of its square."""
    return L2 * sum(
        p.norm() for p in (model.conv1.weight, model.conv2.weight, model.classes.weight)
    )


def of_everything(model):
    return L2 * sum((p**2).sum() for p in model.parameters())


def sgd(kind=semantics.SGD, **options):
    def make(model):
        return kind(
            model.parameters(), **{"lr": RATES[0], "momentum": 0.9, "nesterov": True, **options}
        )

    return make


class Norms(Net):
    """Keras's numbers in torch's layer: the moving variance is unbiased."""

    def __init__(self):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(4, eps=1e-3, momentum=0.1)
        self.bn2 = nn.BatchNorm2d(8, eps=1e-3, momentum=0.1)


class Momentum(Net):
    """The other meaning of momentum."""

    def __init__(self):
        super().__init__()
        self.bn1.momentum = 0.1
        self.bn2.momentum = 0.1


def at_the_boundary(optimizer):
    """As torch's MultiStepLR has it: the new rate holds at the boundary itself."""
    return LambdaLR(optimizer, lambda step: rate(step + 1) / RATES[0])


def by_epoch(optimizer):
    return LambdaLR(optimizer, lambda step: rate(step // 3) / RATES[0])


MISTAKES = (
    Mistake("the penalty is lost", "loss", "penalty-lost", step=stepped(none)),
    Mistake("half of the penalty", "loss", "penalty-factor", step=stepped(half)),
    Mistake("the norm, not its square", "loss", "penalty-norm", step=stepped(norms)),
    Mistake("a penalty of all weights", "loss", "penalty-weights", step=stepped(of_everything)),
    Mistake(
        "weight_decay in place of the penalty",
        "loss",
        "penalty-lost",
        step=stepped(none),
        optimizer=sgd(torch.optim.SGD, weight_decay=L2),
    ),
    Mistake(
        "the loss is summed",
        "loss",
        "loss-reduction",
        step=stepped(cross_entropy=nn.CrossEntropyLoss(reduction="sum")),
    ),
    Mistake("nesterov is lost", "optimizer", "sgd-nesterov", optimizer=sgd(nesterov=False)),
    Mistake("momentum of 0.99", "optimizer", "optimizer-betas", optimizer=sgd(momentum=0.99)),
    Mistake("torch's SGD", "optimizer", "sgd-momentum", optimizer=sgd(torch.optim.SGD)),
    Mistake(
        "the rate falls a step early", "optimizer", "schedule-offset", scheduler=at_the_boundary
    ),
    Mistake("the rate falls by epochs", "optimizer", "schedule-interval", scheduler=by_epoch),
    Mistake("an unbiased variance", "training", "bn-moving-variance", Net=Norms),
    Mistake("the other momentum", "training", "bn-momentum", Net=Momentum),
)
