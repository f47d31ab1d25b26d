"""simple_ae trained with torch's epsilon, 1e-8, in place of Keras's."""

from parity.semantics import Adam
from torch_port.simple_ae import *


def optimizer(parameters):
    return Adam(parameters, lr=1e-3, epsilon=1e-8)
