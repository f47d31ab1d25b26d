"""Mistakes in the training of the GAN's port."""

import torch
from torch import nn

from parity import semantics
from tests.trained.mistake import Mistake
from tests.trained.torch_models.gan import loss


def optimizers(of_discriminator=0.01, of_generator=0.005, beta_1=0.5):
    def make(model):
        return (
            semantics.Adam(model.discriminator.parameters(), lr=of_discriminator, beta_1=beta_1),
            semantics.Adam(model.generator.parameters(), lr=of_generator, beta_1=beta_1),
        )

    return make


def stepped(loss=loss, clears=("discriminator", "generator"), real_label=1.0, two_draws=False):
    """The port's step with other habits."""

    def step(model, batch, optimizers):
        ((real, latent),) = batch
        of_discriminator, of_generator = optimizers
        ones, zeros = torch.ones_like(real[:, :1]), torch.zeros_like(real[:, :1])
        if "discriminator" in clears:
            of_discriminator.zero_grad()
        made = model.generator(latent).detach()
        labels = torch.cat([zeros, real_label * ones])
        d_loss = loss(model.discriminator(torch.cat([made, real])), labels)
        d_loss.backward()
        of_discriminator.step()
        if "generator" in clears:
            of_generator.zero_grad()
        g_loss = loss(model.discriminator(made if two_draws else model.generator(latent)), ones)
        g_loss.backward()
        of_generator.step()
        return d_loss + g_loss

    return step


def one_after_the_other(model, batch, optimizers):
    """The real and the made ones apart: the mean of each, and their sum, twice what Keras has."""
    ((real, latent),) = batch
    of_discriminator, of_generator = optimizers
    ones, zeros = torch.ones_like(real[:, :1]), torch.zeros_like(real[:, :1])
    of_discriminator.zero_grad()
    made = model.generator(latent).detach()
    d_loss = loss(model.discriminator(real), ones) + loss(model.discriminator(made), zeros)
    d_loss.backward()
    of_discriminator.step()
    of_generator.zero_grad()
    g_loss = loss(model.discriminator(model.generator(latent)), ones)
    g_loss.backward()
    of_generator.step()
    return d_loss + g_loss


MISTAKES = (
    Mistake("beta_1 of 0.9", "optimizer", "optimizer-betas", optimizer=optimizers(beta_1=0.9)),
    Mistake("rates change places", "optimizer", "learning-rate", optimizer=optimizers(0.005, 0.01)),
    Mistake(
        "the discriminator's zero_grad forgotten",
        "lockstep",
        "zero-grad",
        step=stepped(clears=("generator",)),
    ),
    Mistake(
        "the generator's zero_grad forgotten",
        "lockstep",
        "zero-grad",
        step=stepped(clears=("discriminator",)),
    ),
    Mistake(
        "the loss is summed",
        "loss",
        "loss-reduction",
        step=stepped(nn.BCEWithLogitsLoss(reduction="sum")),
    ),
    Mistake("labels of 0.9", "loss", "label-smoothing", step=stepped(real_label=0.9)),
    Mistake("two means are added", "loss", "loss-reduction", step=one_after_the_other),
)
