"""Softplus to its end: torch gives its input beyond `threshold`, 20 where nobody says otherwise.

What is left out there, 2e-9, is far below what float32 tells of 20 and shows in float64 alone, in
which both models are compared so that rounding hides nothing. A threshold of a person's own is
left as it is.
"""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from parity.sides.unscripted import unscripted

SOFTPLUS = (F.softplus, torch.ops.aten.softplus.default)
THRESHOLD = 20.0  # torch's default
# These run by a kernel of their own at inference, which does other things where padding is masked,
# and do not while a mode looks on.
FUSED = (nn.MultiheadAttention, nn.TransformerEncoder, nn.TransformerEncoderLayer)


class Uncut(TorchFunctionMode):
    """Computes softplus by one formula for all float64 values."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        return (_softplus if func in SOFTPLUS else func)(*args, **(kwargs or {}))


def _softplus(input: Tensor, beta: float = 1.0, threshold: float = THRESHOLD) -> Tensor:  # noqa: A002
    if input.dtype != torch.float64 or threshold != THRESHOLD:
        return SOFTPLUS[0](input, beta, threshold)
    scaled = input * beta
    return torch.logaddexp(scaled, torch.zeros_like(scaled)) / beta


@contextlib.contextmanager
def _in_its_place() -> Iterator[None]:
    F.softplus = _softplus
    try:
        yield
    finally:
        F.softplus = SOFTPLUS[0]


def whole(module: nn.Module, is_watched: bool = False) -> AbstractContextManager[Any]:
    """For a whole pass of a module. is_watched: by a mode that looks on already?"""
    is_fused = any(isinstance(inner, FUSED) for inner in module.modules())
    found = _in_its_place() if is_fused and not is_watched else Uncut()
    return _in_scripts(module, found) if any(map(_is_script_of_it, module.modules())) else found


@contextlib.contextmanager
def _in_scripts(module: nn.Module, found: AbstractContextManager[Any]) -> Iterator[None]:
    """A script runs in C++, where no mode looks on: it goes node by node."""
    with unscripted(module), found:
        yield


def _is_script_of_it(module: nn.Module) -> bool:
    if not isinstance(module, torch.jit.ScriptModule):
        return False
    try:
        return "aten::softplus" in str(module.inlined_graph)
    except (AttributeError, RuntimeError):  # it has none
        return False
