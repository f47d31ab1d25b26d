"""simple_ae trained by torch's SGD with weight decay, which Keras's has not."""

import torch

from torch_port.simple_ae import *


def optimizer(parameters):
    return torch.optim.SGD(parameters, lr=0.01, momentum=0.9, weight_decay=0.01)
