"""mlp that applies the softmax itself, before the one that its prediction applies."""

from torch_port.mlp import *
from torch_port.mlp import MLP


class Twice(MLP):
    def forward(self, x):
        return super().forward(x).softmax(dim=1)


def build():
    return Twice()
