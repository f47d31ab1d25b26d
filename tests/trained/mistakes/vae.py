"""Mistakes in the training of the variational auto-encoder's port."""

import torch
import torch.nn.functional as F

from parity import semantics
from tests.trained.mistake import Mistake
from tests.trained.torch_models import vae
from tests.trained.torch_models.vae import Net


def stepped(loss):
    def step(model, batch, optimizer):
        (x,) = batch
        optimizer.zero_grad()
        value = loss(model(x), x)
        value.backward()
        optimizer.step()
        return value

    return step


def divergence(mean, log_var):
    return -0.5 * (1 + log_var - mean**2 - log_var.exp())


def mean_of_pixels(output, x):
    image, mean, log_var = output
    return F.mse_loss(image, x) + divergence(mean, log_var).sum(dim=1).mean()


def mean_of_codes(output, x):
    image, mean, log_var = output
    return ((x - image) ** 2).sum(dim=1).mean() + divergence(mean, log_var).mean()


def no_divergence(output, x):
    return ((x - output[0]) ** 2).sum(dim=1).mean()


class Deviation(Net):
    """The logarithm of the variance is taken for that of the standard deviation."""

    def sample(self, mean, log_var):
        return mean + log_var.exp() * torch.randn_like(mean) if self.training else mean


class NeverSamples(Net):
    def sample(self, mean, log_var):
        return mean


def torch_adam(model):
    return torch.optim.Adam(model.parameters(), lr=0.01)


def slow(model):
    return semantics.Adam(model.parameters())


def never_trains(model, batch, optimizer):
    model.eval()
    return vae.step(model, batch, optimizer)


MISTAKES = (
    Mistake("the mean over pixels", "loss", "loss-reduction", step=stepped(mean_of_pixels)),
    Mistake("the mean over codes", "loss", "loss-reduction", step=stepped(mean_of_codes)),
    Mistake("the divergence is lost", "loss", "loss-term", step=stepped(no_divergence)),
    Mistake("a deviation for a variance", "training", "", Net=Deviation),
    Mistake("the mean in place of a draw", "training", "layer-missing", Net=NeverSamples),
    Mistake("torch's Adam", "optimizer", "adam-epsilon", optimizer=torch_adam),
    Mistake("the default rate", "optimizer", "learning-rate", optimizer=slow),
    Mistake("model.eval() left on", "loss", "eval-left-on", step=never_trains),
)
