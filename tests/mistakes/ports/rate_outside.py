"""simple_ae trained by torch's SGD: the learning rate stands outside the momentum."""

import torch

from torch_port.simple_ae import *


def optimizer(parameters):
    return torch.optim.SGD(parameters, lr=0.01, momentum=0.9)
