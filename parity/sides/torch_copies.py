"""Copies of a module's tensors that take memory only where they must: a large model, held twice in
float32 and once more in float64, is four times as large.

A copy in the same float type is made when somebody writes to it (torch's lazy clone). A large
tensor in a wider type is made where a function takes it, and goes when that is done.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils import _pytree as pytree

LARGE = 2**20  # numbers, from which on a tensor is worth being widened again for each use
TOLD = ("__get__", "size", "dim", "numel", "stride")  # say what a tensor is, without its numbers


def copied(tensor: Tensor) -> Tensor:
    """A tensor of its own, whose numbers are copied once they are written to."""
    try:
        return torch._lazy_clone(tensor)
    except (RuntimeError, NotImplementedError):  # memory that is not torch's, or no plain memory
        return tensor.clone()


class WideInUse(TorchFunctionMode):
    """Hand these tensors to functions in float64.

    One that a function writes to, or whose numbers it hands on without a copy, stays in float64: it
    is one tensor for whoever holds it. Code that is no Python (a script) gets them as they are.
    """

    def __init__(self, tensors: Iterable[Tensor]) -> None:
        super().__init__()
        self._narrow = {id(tensor): tensor for tensor in tensors}

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        leaves, spec = pytree.tree_flatten((args, kwargs or {}))
        taken = {id(leaf): leaf for leaf in leaves if id(leaf) in self._narrow}
        name = getattr(func, "__name__", "")
        if taken and name in TOLD:
            told = func(*args, **(kwargs or {}))
            if not isinstance(told, Tensor):
                return torch.float64 if told is torch.float32 else told
        if name == "__set__":  # of an attribute, which would be the copy's
            for key, tensor in taken.items():
                self._narrow.pop(key).data = tensor.data.double()
            return func(*args, **(kwargs or {}))
        wide = {key: tensor.data.double() for key, tensor in taken.items()}
        args, kwargs = pytree.tree_unflatten([wide.get(id(x), x) for x in leaves], spec)
        found = func(*args, **kwargs)
        if taken:
            given = {memory(x) for x in pytree.tree_leaves(found) if isinstance(x, Tensor)}
            for key, tensor in wide.items():
                if tensor._version or memory(tensor) in given:
                    self._narrow.pop(key).data = tensor
        return found


def memory(tensor: Tensor) -> int:
    """Where the memory begins that a tensor lies in; asking makes no copy of it."""
    begin: int = torch._C._data_address(tensor)  # type: ignore[attr-defined]
    return begin
