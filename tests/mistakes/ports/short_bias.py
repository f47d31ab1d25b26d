"""mlp whose last bias has one value: it broadcasts, and the output has the right shape."""

import torch
from torch import nn

from torch_port import mlp
from torch_port.mlp import *


def build():
    model = mlp.build()
    model.fc3.bias = nn.Parameter(torch.zeros(1))
    return model
