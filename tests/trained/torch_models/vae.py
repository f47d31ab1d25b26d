"""The variational auto-encoder, ported."""

import torch
from torch import nn

from parity import semantics

PIXELS, CODE = 36, 3


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(PIXELS, 16)
        self.mean = nn.Linear(16, CODE)
        self.log_var = nn.Linear(16, CODE)
        self.decoder = nn.Linear(CODE, 16)
        self.pixels = nn.Linear(16, PIXELS)

    def sample(self, mean, log_var):
        if not self.training:
            return mean
        return mean + (0.5 * log_var).exp() * torch.randn_like(mean)

    def forward(self, x):  # (N, 36)
        h = self.hidden(x).relu()
        mean, log_var = self.mean(h), self.log_var(h)
        z = self.sample(mean, log_var)
        return self.pixels(self.decoder(z).relu()).sigmoid(), mean, log_var


def loss(output, x):
    image, mean, log_var = output
    reconstruction = ((x - image) ** 2).sum(dim=1).mean()
    kl = -0.5 * (1 + log_var - mean**2 - log_var.exp()).sum(dim=1).mean()
    return reconstruction + kl


def optimizer(model):
    return semantics.Adam(model.parameters(), lr=0.01)


def step(model, batch, optimizer):
    (x,) = batch
    optimizer.zero_grad()
    value = loss(model(x), x)
    value.backward()
    optimizer.step()
    return value
