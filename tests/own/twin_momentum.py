"""A twin file whose optimizer has another momentum."""

from parity.semantics import SGD
from tests.seventh.torch_net import *


def optimizer(parameters):
    return SGD(parameters, lr=0.1, momentum=0.8)
