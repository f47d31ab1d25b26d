"""What a diagnosis does to a port's predictions, targets and weights, as it trains."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils import _pytree as pytree

from parity.sides.functions import FUNCTIONS

Given = tuple[str, dict[str, Any]] | None
EPSILON = 1e-7  # Keras's, in its constraints


def predicted(given: Given, output: Any) -> Any:
    """The module's output, each float of it passed through a function."""
    if given is None:
        return output
    name, settings = given
    function: Callable[..., Tensor] = {"logit": torch.logit}.get(name) or FUNCTIONS[name]

    def made(leaf: Any) -> Any:
        is_float = isinstance(leaf, Tensor) and leaf.is_floating_point()
        return function(leaf, **settings) if is_float else leaf

    return pytree.tree_map(made, output)


def wanted(given: Given, target: Any, output: Any) -> Any:
    """The target, or each leaf of it, otherwise; `output`, where its shape is asked for."""
    if given is None:
        return target
    name, settings = given
    if name == "like":
        return target.reshape(output.shape)
    if name == "smooth":
        return pytree.tree_map(lambda leaf: smooth(leaf, output, **settings), target)
    return pytree.tree_map(lambda leaf: FUNCTIONS[name](leaf, **settings), target)


def smooth(target: Tensor, output: Any, by: float) -> Tensor:
    """Labels as Keras smooths them: towards 1 / classes, or towards .5 where they are of one."""
    if not target.is_floating_point():
        target = F.one_hot(target.long(), output.shape[1]).to(output.dtype)
    classes = target.shape[1] if target.ndim > 1 and target.shape[1] > 1 else 2
    return target * (1 - by) + by / classes


def held(weight: Tensor, kind: str, dim: Any = 0, max_value: float = 2.0) -> Tensor:
    """A weight as Keras's constraint leaves it. Raises KeyError for one that is not known."""
    if kind == "NonNeg":
        return weight.clamp(min=0)
    norm = weight.square().sum(dim=dim, keepdim=True).sqrt()
    most = {"MaxNorm": norm.clamp(max=max_value), "UnitNorm": torch.ones_like(norm)}[kind]
    found: Tensor = weight * (most / (EPSILON + norm))
    return found
