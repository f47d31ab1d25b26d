"""A recorded call that is run again after something in it was changed.

Nothing that belongs to the recording or to the user's model is altered: a module is copied first,
and its buffers with it, as a batch normalisation in training mode moves them.
"""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from parity.sides import signatures
from parity.sides.recorded_call import invoke
from parity.sides.uncut import Uncut

Function = Callable[..., Any]


@dataclass(frozen=True)
class Rerun:
    kind: str  # as the step's
    function: Function  # a module is the copy
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    weights: dict[str, Tensor] = field(default_factory=dict)  # of a module: those to be changed

    def __call__(self) -> Any:
        if isinstance(self.function, nn.Module):
            module, given = self.function, (self.args, self.kwargs)
            with Uncut():
                return torch.func.functional_call(module, self.weights, *given)
        return invoke(self.kind, self.function, self.args, self.kwargs)

    @property
    def inputs(self) -> list[Tensor]:
        """Every tensor among the arguments, in order."""
        return list(_tensors((self.args, self.kwargs)))

    @property
    def tensors(self) -> dict[str, Tensor]:
        """Tensors by role: a module's parameters and buffers, a function's arguments."""
        if isinstance(self.function, nn.Module):
            own = dict(self.function.named_parameters()) | dict(self.function.named_buffers())
            return own | self.weights
        return signatures.roles(self.kind, self.args, self.kwargs)

    def setting(self, name: str, default: Any = None) -> Any:
        if isinstance(self.function, nn.Module):
            return getattr(self.function, name, default)
        return signatures.bound(self.kind, self.args, self.kwargs).get(name, default)

    def with_setting(self, name: str, value: Any) -> "Rerun":
        """Raises AttributeError where a module has neither such an attribute nor an argument."""
        module = self.function
        if not isinstance(module, nn.Module) or not hasattr(module, name):
            return self.with_argument(name, value)
        if name == "training":
            module.train(value)
        elif isinstance(module, nn.modules.conv._ConvNd):
            _set_of_convolution(module, name, value)
        else:
            setattr(module, name, value)
        return self

    def with_argument(self, name: str, value: Any) -> "Rerun":
        if not isinstance(self.function, nn.Module):
            args, kwargs = signatures.replaced(self.kind, self.args, self.kwargs, name, value)
            return replace(self, args=args, kwargs=kwargs)
        arguments = inspect.signature(self.function.forward).bind(*self.args, **self.kwargs)
        if name not in arguments.signature.parameters:
            raise AttributeError(f"{self.kind} has no setting and no argument {name!r}")
        arguments.arguments[name] = value
        return replace(self, args=arguments.args, kwargs=arguments.kwargs)

    def argument(self, name: str) -> Any:
        if isinstance(self.function, nn.Module):
            bound = inspect.signature(self.function.forward).bind(*self.args, **self.kwargs)
            return bound.arguments[name]
        known = signatures.named(self.kind, self.args, self.kwargs)
        return known[name] if name in known else self.tensors[name]  # one of a list: "tensors.1"

    def with_input(self, change: Callable[[Tensor], Tensor], role: str = "") -> "Rerun":
        """Change the argument of that role, or the first tensor."""
        if role:
            return self.with_argument(role, change(self.argument(role)))
        args, changed = _change_first(self.args, change)
        if changed:
            return replace(self, args=args)
        kwargs, _ = _change_first(self.kwargs, change)
        return replace(self, kwargs=kwargs)

    def with_weight(self, role: str, change: Callable[[Tensor], Tensor]) -> "Rerun":
        changed = change(self.tensors[role].detach())
        if isinstance(self.function, nn.Module):
            return replace(self, weights=self.weights | {role: changed})
        return self.with_argument(role, changed)


def copied(module: nn.Module) -> nn.Module:
    """A module with the same parameters whose settings and buffers may be altered."""
    twin = module.__class__.__new__(module.__class__)
    twin.__dict__ = dict(module.__dict__)
    twin._parameters = dict(module._parameters)
    twin._buffers = {n: None if b is None else b.clone() for n, b in module._buffers.items()}
    twin._modules = {n: None if m is None else copied(m) for n, m in module._modules.items()}
    return twin


def _set_of_convolution(module: nn.modules.conv._ConvNd, name: str, value: Any) -> None:
    """Padding of another mode than zeros reads a list that the constructor made."""
    rank = len(module.kernel_size)
    if name in ("stride", "padding", "dilation", "output_padding") and isinstance(value, int):
        value = (value,) * rank
    setattr(module, name, value)
    if name == "padding" and not isinstance(value, str):
        module._reversed_padding_repeated_twice = [p for p in reversed(value) for _ in range(2)]


def _tensors(tree: Any) -> Iterator[Tensor]:
    if isinstance(tree, Tensor):
        yield tree
    elif isinstance(tree, dict):
        yield from _tensors(tuple(tree.values()))
    elif isinstance(tree, tuple | list):
        for branch in tree:
            yield from _tensors(branch)


def _change_first(tree: Any, change: Callable[[Tensor], Tensor]) -> tuple[Any, bool]:
    """A nest of arguments with its first tensor changed, and whether there was one."""
    if isinstance(tree, Tensor):
        return change(tree), True
    if isinstance(tree, dict):
        values, changed = _change_first(tuple(tree.values()), change)
        return dict(zip(tree, values, strict=True)), changed
    if not isinstance(tree, tuple | list):
        return tree, False
    branches = list(tree)
    for place, branch in enumerate(branches):
        branches[place], changed = _change_first(branch, change)
        if changed:
            return type(tree)(branches), True
    return tree, False
