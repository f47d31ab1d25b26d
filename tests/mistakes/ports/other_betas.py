"""simple_ae trained by an Adam with another memory of squares."""

from parity.semantics import Adam
from torch_port.simple_ae import *


def optimizer(parameters):
    return Adam(parameters, lr=1e-3, beta_2=0.99)
