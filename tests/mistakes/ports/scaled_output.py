"""simple_ae whose output is scaled: a cosine would call it equal."""

from torch_port.simple_ae import *
from torch_port.simple_ae import SimpleAutoencoder


class Scaled(SimpleAutoencoder):
    def forward(self, x):
        return super().forward(x) * 1.5


def build():
    return Scaled()
