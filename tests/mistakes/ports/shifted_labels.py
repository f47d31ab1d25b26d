"""mlp whose labels are off by one."""

from torch_port import mlp
from torch_port.mlp import *


def target(images, labels, dtype="float32"):
    return mlp.target(images, (labels + 1) % 10, dtype)
