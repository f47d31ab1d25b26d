"""No mistake: the port of references/decay.py."""

from parity.semantics import Adam
from torch_port.simple_ae import *


def optimizer(parameters):
    return Adam(parameters, lr=1e-3, weight_decay=0.01)
