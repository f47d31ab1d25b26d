"""No mistake: the port of references/momentum.py."""

from parity.semantics import SGD
from torch_port.simple_ae import *


def optimizer(parameters):
    return SGD(parameters, lr=0.01, momentum=0.9)
