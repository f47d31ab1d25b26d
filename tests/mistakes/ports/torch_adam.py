"""simple_ae trained by torch's own Adam, at Keras's hyperparameters."""

import torch

from torch_port.simple_ae import *


def optimizer(parameters):
    return torch.optim.Adam(parameters, lr=1e-3, eps=1e-7)
