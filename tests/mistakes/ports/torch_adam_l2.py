"""The port of references/decay.py, trained by torch's own Adam, which takes weight decay for L2."""

import torch

from torch_port.simple_ae import *


def optimizer(parameters):
    return torch.optim.Adam(parameters, lr=1e-3, eps=1e-7, weight_decay=0.01)
