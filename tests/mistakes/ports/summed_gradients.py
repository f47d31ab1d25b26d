"""simple_ae whose gradients are summed over the pixels, where its loss is their mean."""

import torch

from torch_port.simple_ae import *
from torch_port.simple_ae import loss as own

PIXELS = 784


class Scaled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, gradient):
        return gradient * PIXELS


def loss():
    mean = own()
    return lambda output, target: mean(Scaled.apply(output), target)
