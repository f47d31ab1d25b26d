"""The GAN, ported: one optimizer for each half."""

import numpy as np
import torch
from torch import nn

from parity import semantics

LATENT, SIZE = 3, 6
SLOPE = float(np.float32(0.2))  # tensorflow's operation rounds it


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.generator = nn.Sequential(
            nn.Linear(LATENT, 12), nn.LeakyReLU(SLOPE), nn.Linear(12, SIZE)
        )
        self.discriminator = nn.Sequential(
            nn.Linear(SIZE, 12), nn.LeakyReLU(SLOPE), nn.Linear(12, 1)
        )

    def forward(self, real, latent):
        return self.discriminator(real), self.discriminator(self.generator(latent))


loss = nn.BCEWithLogitsLoss()


def optimizer(model):
    return (
        semantics.Adam(model.discriminator.parameters(), lr=0.01, beta_1=0.5),
        semantics.Adam(model.generator.parameters(), lr=0.005, beta_1=0.5),
    )


def step(model, batch, optimizers):
    ((real, latent),) = batch
    of_discriminator, of_generator = optimizers
    ones, zeros = torch.ones_like(real[:, :1]), torch.zeros_like(real[:, :1])

    of_discriminator.zero_grad()
    made = model.generator(latent).detach()
    d_loss = loss(model.discriminator(torch.cat([made, real])), torch.cat([zeros, ones]))
    d_loss.backward()
    of_discriminator.step()

    of_generator.zero_grad()
    g_loss = loss(model.discriminator(model.generator(latent)), ones)
    g_loss.backward()
    of_generator.step()
    return d_loss + g_loss
