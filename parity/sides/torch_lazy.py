"""Modules whose weights have no shapes until a first pass, as nn.LazyLinear.

A copy of such a module makes that pass: the one that was given stays as it is, and another layout
of the inputs gets a copy of its own.
"""

import contextlib
import copy

import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedBuffer
from torch.nn.parameter import is_lazy as has_no_shape

from parity.sides import torch_calling
from parity.sides.torch_lent import Makers


def is_lazy(model: nn.Module) -> bool:
    """Is a tensor of it without a shape?"""
    return any(map(has_no_shape, (*model.parameters(), *model.buffers())))


def shaped(model: nn.Module, makers: Makers) -> nn.Module:
    """A copy, in evaluation mode, of which these inputs have made all that they reach.

    Inputs that it does not take leave it as it is. torch's generator draws on where it stood.
    """
    found = _copied(model).eval()
    with torch.random.fork_rng(devices=[]), torch.no_grad(), contextlib.suppress(Exception):
        torch_calling.call(found, {name: make() for name, make in makers.items()})
    return found


def _copied(model: nn.Module) -> nn.Module:
    """A copy; torch copies parameters that have no shape, and refuses to copy buffers that have
    none, as those of nn.LazyBatchNorm2d."""
    made = {id(x): _without_shape(x) for x in model.buffers() if has_no_shape(x)}
    return copy.deepcopy(model, made)


def _without_shape(buffer: Tensor) -> Tensor:
    about = {"requires_grad": buffer.requires_grad, "device": buffer.device, "dtype": buffer.dtype}
    return UninitializedBuffer(**about)  # type: ignore[arg-type]
