"""simple_ae trained at another learning rate."""

from parity.semantics import Adam
from torch_port.simple_ae import *


def optimizer(parameters):
    return Adam(parameters, lr=2e-3)
