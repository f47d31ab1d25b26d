"""simple_ae trained by torch's RMSprop in place of Adam."""

import torch

from torch_port.simple_ae import *


def optimizer(parameters):
    return torch.optim.RMSprop(parameters, lr=1e-3, eps=1e-7)
