"""mlp with the first, not inverted dropout: it scales by 1 - p when it does not drop."""

from torch import nn

from torch_port import mlp
from torch_port.mlp import *


class OldDropout(nn.Dropout):
    def forward(self, x):
        return super().forward(x) * (1 - self.p)


def build():
    model = mlp.build()
    model.drop1 = OldDropout(mlp.DROPOUT)
    return model
