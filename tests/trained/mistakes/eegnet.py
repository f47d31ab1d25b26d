"""Mistakes in the training of EEGNet's port."""

import torch
from torch import nn

from tests.trained.mistake import Mistake
from tests.trained.torch_models import eegnet
from tests.trained.torch_models.eegnet import Net, loss, max_norm_


def stepped(constrain):
    """The port's step with another constraint."""

    def step(model, batch, optimizer):
        x, y = batch
        optimizer.zero_grad()
        value = loss(model(x), y)
        value.backward()
        optimizer.step()
        constrain(model)
        return value

    return step


def over_filters(model):
    max_norm_(model.spatial.weight, 1.0, dim=0)
    max_norm_(model.classes.weight, 0.25, dim=1)


def by_input(model):
    max_norm_(model.spatial.weight, 1.0, dim=2)
    max_norm_(model.classes.weight, 0.25, dim=0)


@torch.no_grad()
def renormed(model):
    """torch.renorm leaves alone what is not too long."""
    spatial = model.spatial.weight
    spatial.copy_(spatial.flatten(1).renorm(2, 0, 1.0).view_as(spatial))
    model.classes.weight.copy_(model.classes.weight.renorm(2, 0, 0.25))


def never_trains(model, batch, optimizer):
    model.eval()
    return eegnet.step(model, batch, optimizer)


class NoDropout(Net):
    def __init__(self):
        super().__init__()
        self.drop2 = nn.Identity()


class HalfDropped(Net):
    def __init__(self):
        super().__init__()
        self.drop1 = nn.Dropout(0.5)


class Norms(Net):
    """Keras's epsilon, torch's momentum and variance."""

    def __init__(self):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(4, eps=1e-3)


MISTAKES = (
    Mistake("the max-norm is lost", "optimizer", "max-norm-lost", step=stepped(lambda model: None)),
    Mistake("max-norm over the filters", "optimizer", "max-norm-axis", step=stepped(over_filters)),
    Mistake("max-norm of the inputs", "optimizer", "max-norm-axis", step=stepped(by_input)),
    Mistake("max-norm by renorm", "optimizer", "max-norm-epsilon", step=stepped(renormed)),
    Mistake("model.eval() left on", "loss", "eval-left-on", step=never_trains),
    Mistake("the second dropout is lost", "training", "layer-missing", Net=NoDropout),
    Mistake("dropout of a half", "training", "dropout-rate", Net=HalfDropped),
    Mistake("torch's BatchNorm", "training", "bn-momentum", Net=Norms),
)
