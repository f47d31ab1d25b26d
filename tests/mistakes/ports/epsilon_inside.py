"""simple_ae trained by an Adam that adds epsilon under the root."""

import torch

from parity.semantics import Adam
from torch_port.simple_ae import *


class Inside(Adam):
    def update(self, bucket, group):
        root = torch._foreach_sqrt
        torch._foreach_sqrt = lambda x: root(torch._foreach_add(x, group["epsilon"]))
        try:
            super().update(bucket, group | {"epsilon": 0.0})
        finally:
            torch._foreach_sqrt = root


def optimizer(parameters):
    return Inside(parameters, lr=1e-3)
