"""Keras's constraints: what weights are held to behind every step of the optimizer.

    optimizer = Adam(model.parameters())
    constrain(optimizer, {model.fc.weight: MaxNorm(3.0, dim=1)})

A norm is taken over `dim`, dimensions of torch's tensor, where Keras's `axis` is one of Keras's:

    Keras's layer             axis of its kernel        dim of torch's weight
    Dense                     0, the inputs: of a unit  1 of a Linear
    Conv1D, Conv2D, Conv3D    all but the last          all but 0 of a Conv
    Conv2D                    0, 1, 2                   2, 3, 1
    DepthwiseConv2D           0, 1                      2, 3 of a Conv2d with groups
    Embedding                 0, 1                      0, 1
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.utils.hooks import RemovableHandle

EPSILON = 1e-7  # keras.config.epsilon()

Dim = int | tuple[int, ...]


class Constraint(ABC):
    """A function of a weight that gives it as it may be, of the same shape and dtype."""

    @abstractmethod
    def __call__(self, weight: Tensor) -> Tensor: ...


def constrain(optimizer: Optimizer, constraints: Mapping[Tensor, Constraint]) -> RemovableHandle:
    """Hold these parameters to their constraints behind every step of any torch optimizer.

    As in keras BaseOptimizer.apply: behind the update and the averages of the weights, where a
    parameter has a gradient; also at steps that only accumulate. A copy.deepcopy of an optimizer
    leaves its hooks behind, this one too. Returns the hook's handle; `.remove()` ends it.
    Raises ValueError for a parameter that the optimizer does not update.
    """
    known = {id(param) for group in optimizer.param_groups for param in group["params"]}
    for number, param in enumerate(constraints):
        if id(param) not in known:
            raise ValueError(
                f"constraint {number}, {constraints[param]}: its weight of shape "
                f"{tuple(param.shape)} is none of the optimizer's parameters"
            )

    @torch.no_grad()
    def hold(optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        for param, constraint in constraints.items():
            if param.grad is not None:
                param.copy_(constraint(param))

    return optimizer.register_step_post_hook(hold)


class MaxNorm(Constraint):
    """w * min(n, max_value) / (n + 1e-7), n the norm over dim (keras.constraints.MaxNorm).

    A weight within the bound shrinks by 1e-7 / n of itself at each step too; torch.renorm, which
    is told the dimension that is kept, leaves it as it is.
    """

    def __init__(self, max_value: float = 2.0, *, dim: Dim) -> None:
        """Raises ValueError for a negative bound."""
        self.max_value = _not_negative("max_value", max_value)
        self.dim = dim

    def __call__(self, weight: Tensor) -> Tensor:
        norm = _norm(weight, self.dim)
        return weight * (norm.clamp(0, self.max_value) / (EPSILON + norm))

    def __repr__(self) -> str:
        return f"MaxNorm({self.max_value}, dim={self.dim})"


class MinMaxNorm(Constraint):
    """Norms over dim brought between two bounds, by a share `rate` (keras.constraints.MinMaxNorm).

    w * (rate * clamp(n, min_value, max_value) + (1 - rate) * n) / (n + 1e-7)
    """

    def __init__(
        self,
        min_value: float = 0.0,
        max_value: float = 1.0,
        rate: float = 1.0,
        *,
        dim: Dim,
    ) -> None:
        """Raises ValueError for a negative bound."""
        self.min_value = _not_negative("min_value", min_value)
        self.max_value = _not_negative("max_value", max_value)
        self.rate, self.dim = rate, dim

    def __call__(self, weight: Tensor) -> Tensor:
        norm = _norm(weight, self.dim)
        within = norm.clamp(self.min_value, self.max_value)
        wanted = self.rate * within + (1 - self.rate) * norm
        return weight * (wanted / (EPSILON + norm))

    def __repr__(self) -> str:
        return f"MinMaxNorm({self.min_value}, {self.max_value}, {self.rate}, dim={self.dim})"


class UnitNorm(Constraint):
    """w / (n + 1e-7), n the norm over dim (keras.constraints.UnitNorm)."""

    def __init__(self, *, dim: Dim) -> None:
        self.dim = dim

    def __call__(self, weight: Tensor) -> Tensor:
        return weight / (EPSILON + _norm(weight, self.dim))

    def __repr__(self) -> str:
        return f"UnitNorm(dim={self.dim})"


class NonNeg(Constraint):
    """max(w, 0) (keras.constraints.NonNeg); of float64 weights Keras on torch makes float32."""

    def __call__(self, weight: Tensor) -> Tensor:
        return weight.clamp(min=0)

    def __repr__(self) -> str:
        return "NonNeg()"


def _norm(weight: Tensor, dim: Dim) -> Tensor:
    return weight.square().sum(dim=dim, keepdim=True).sqrt()


def _not_negative(name: str, value: float) -> float:
    if not value >= 0:
        raise ValueError(f"{name}={value}: give a number that is not negative")
    return value
