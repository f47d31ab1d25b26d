"""Mistakes in the training of the price's port."""

import torch

from parity import semantics
from tests.trained.mistake import Mistake
from tests.trained.torch_models.two_inputs import loss


def broadcast(output, target, sample_weight):
    """(N,) against (N, 1) is a table (N, N)."""
    return (sample_weight * (output[:, 0] - target) ** 2).mean()


def by_sum_of_weights(output, target, sample_weight):
    return (sample_weight * ((output - target) ** 2)[:, 0]).sum() / sample_weight.sum()


def not_weighted(output, target, sample_weight):
    return ((output - target) ** 2).mean()


def summed(output, target, sample_weight):
    return (sample_weight * ((output - target) ** 2)[:, 0]).sum()


def half(output, target, sample_weight):
    return 0.5 * loss(output, target, sample_weight)


def weights_squared(output, target, sample_weight):
    """The weight stands inside the square."""
    return ((sample_weight[:, None] * (output - target)) ** 2).mean()


def rmsprop(**options):
    def make(model):
        given = {"lr": 0.005, "momentum": 0.9, "centered": True, **options}
        return semantics.RMSprop(model.parameters(), **given)

    return make


def torch_rmsprop(model):
    given = {"lr": 0.005, "alpha": 0.9, "eps": 1e-7, "momentum": 0.9, "centered": True}
    return torch.optim.RMSprop(model.parameters(), **given)


MISTAKES = (
    Mistake("[N] against [N, 1]", "loss", "loss-broadcast", loss=broadcast),
    Mistake("divided by the weights' sum", "loss", "sample-weights", loss=by_sum_of_weights),
    Mistake("the samples' weights are lost", "loss", "sample-weights", loss=not_weighted),
    Mistake("weights inside the square", "loss", "sample-weights", loss=weights_squared),
    Mistake("the loss is summed", "loss", "loss-reduction", loss=summed),
    Mistake("half of the square", "loss", "loss-reduction", loss=half),
    Mistake("torch's RMSprop", "optimizer", "rmsprop-epsilon", optimizer=torch_rmsprop),
    Mistake("rho of 0.99", "optimizer", "optimizer-betas", optimizer=rmsprop(rho=0.99)),
    Mistake("no momentum", "optimizer", "optimizer-betas", optimizer=rmsprop(momentum=0.0)),
    Mistake("not centred", "optimizer", "optimizer-update", optimizer=rmsprop(centered=False)),
)
