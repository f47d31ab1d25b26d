"""Mistakes in the training of the forecaster's port."""

from torch import nn

from parity import semantics
from tests.trained.mistake import Mistake
from tests.trained.torch_models import gru_forecaster
from tests.trained.torch_models.gru_forecaster import CLIPNORM, clip_, clip_each_, loss


def stepped(loss=loss, clip=clip_each_):
    def step(model, batch, optimizer):
        x, y = batch
        optimizer.zero_grad()
        value = loss(model(x), y)
        value.backward()
        clip(model)
        optimizer.step()
        return value

    return step


def globally(model):
    nn.utils.clip_grad_norm_(model.parameters(), CLIPNORM)


def by_value(model):
    nn.utils.clip_grad_value_(model.parameters(), CLIPNORM)


def each_tensor(model):
    """Both biases of the GRU apart."""
    for parameter in model.parameters():
        clip_([parameter])


def ten_times(model):
    for parameter in model.parameters():
        nn.utils.clip_grad_norm_([parameter], 10 * CLIPNORM)


def nothing(model):
    """Gradients as they are."""


def clipped_late(model, batch, optimizer):
    """After the step, where it does nothing."""
    x, y = batch
    optimizer.zero_grad()
    value = loss(model(x), y)
    value.backward()
    optimizer.step()
    clip_each_(model)
    return value


def whole_batches(model, batch, optimizer):
    """As with drop_last=True."""
    x, y = batch
    if len(x) < 16:
        return loss(model(x), y)
    return gru_forecaster.step(model, batch, optimizer)


def broadcast(output, target):
    return loss(output[:, 0], target)


def amsgrad(model):
    return semantics.Adam(model.parameters(), lr=0.01, amsgrad=True)


MISTAKES = (
    Mistake("SmoothL1Loss", "loss", "loss-replaced", step=stepped(nn.SmoothL1Loss(beta=0.5))),
    Mistake("delta of 1", "loss", "loss-setting", step=stepped(nn.HuberLoss())),
    Mistake("[N] against [N, 1]", "loss", "loss-broadcast", step=stepped(broadcast)),
    Mistake("clipped by the norm of all", "optimizer", "clipnorm", step=stepped(clip=globally)),
    Mistake("clipped by value", "optimizer", "clipnorm", step=stepped(clip=by_value)),
    Mistake("both biases apart", "optimizer", "clipnorm", step=stepped(clip=each_tensor)),
    Mistake("another limit", "optimizer", "clipnorm", step=stepped(clip=ten_times)),
    Mistake("nothing is clipped", "optimizer", "clipnorm", step=stepped(clip=nothing)),
    Mistake("clipped after the step", "optimizer", "clipnorm", step=clipped_late),
    Mistake("the last batch is dropped", "optimizer", "last-batch", step=whole_batches),
    Mistake("amsgrad", "optimizer", "amsgrad", optimizer=amsgrad),
)
