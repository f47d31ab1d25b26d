"""simple_ae whose weight decay is added to the gradient."""

from parity.semantics import Adam
from torch_port.simple_ae import *


class L2(Adam):
    def step(self, closure=None):
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.grad = parameter.grad + 0.01 * parameter.detach()
        return super().step(closure)


def optimizer(parameters):
    return L2(parameters, lr=1e-3)
