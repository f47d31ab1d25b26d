"""A model of modules one after the other."""

from collections import OrderedDict
from typing import Any

from torch import nn


def row(**modules: nn.Module) -> Any:
    return nn.Sequential(OrderedDict(modules))
