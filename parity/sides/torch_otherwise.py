"""What a diagnosis does to a port that trains: to its modules, and to its own code as it runs."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any
from unittest import mock

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from parity.records.otherwise import Otherwise
from parity.sides import torch_stepped
from parity.sides.torch_outside import Numbers, Operations, Outside, Terms

ACTIVATIONS = {
    *(torch.sigmoid, Tensor.sigmoid, F.sigmoid),
    *(torch.softmax, Tensor.softmax, F.softmax),
}
OF_LOGITS = {F.binary_cross_entropy_with_logits, F.cross_entropy}
LOSSES = {
    *OF_LOGITS,
    *(F.binary_cross_entropy, F.nll_loss, F.kl_div, F.poisson_nll_loss, F.hinge_embedding_loss),
    *(F.mse_loss, F.l1_loss, F.smooth_l1_loss, F.huber_loss, F.gaussian_nll_loss),
}
CLIPS = {torch.clamp, torch.clip, Tensor.clamp, Tensor.clip, torch.clamp_min, Tensor.clamp_min}
DATA: Any = Tensor.data.__get__  # type: ignore[attr-defined]
REDUCTIONS = ("mean", "sum")


@contextlib.contextmanager
def done(module: nn.Module, ask: Otherwise) -> Iterator[None]:
    """Within it, a module trains otherwise."""
    parameters = dict(module.named_parameters())
    with contextlib.ExitStack() as stack:
        for name, has_gradient in ask.has_gradient:
            stack.callback(parameters[name].requires_grad_, parameters[name].requires_grad)
            parameters[name].requires_grad_(has_gradient)
        if ask.is_sparse:
            for table in (x for x in module.modules() if isinstance(x, nn.Embedding)):
                stack.enter_context(torch_stepped.replaced(table, {"sparse": True}))
        if ask.mode:
            for part in module.modules():  # of which its own code may put one into another
                part.training = ask.mode == "training"
                stay = partial(_as_it_is, part)
                stack.enter_context(torch_stepped.replaced(part, {"eval": stay, "train": stay}))
        if ask.is_attached:
            stack.enter_context(_around(module, _Attached))
        if ask.is_joined:
            stack.enter_context(_Attached())
        if ask.losses:
            stack.enter_context(_Losses(ask.losses))
        if ask.is_unclipped:
            stack.enter_context(_Unclipped())
        if ask.is_full:
            stack.enter_context(mock.patch.object(torch.autocast, "__enter__", _as_it_is))
            stack.enter_context(mock.patch.object(torch.autocast, "__exit__", _nothing))
        for parameter in parameters.values() if ask.is_unhooked else ():
            stack.enter_context(_unhooked(parameter))
        yield


def _as_it_is(thing: Any, *args: Any) -> Any:
    return thing


def _nothing(*args: Any) -> None:
    """In the place of what a port does."""


@contextlib.contextmanager
def _unhooked(parameter: Tensor) -> Iterator[None]:
    """Within it, its gradient is given to none of its hooks."""
    hooks = parameter._backward_hooks
    before = dict(hooks or {})
    if hooks:
        hooks.clear()
    try:
        yield
    finally:
        if hooks is not None:
            hooks.update(before)


@contextlib.contextmanager
def in_loss(module: nn.Module, ask: Otherwise, watch: Iterable[Outside] = ()) -> Iterator[None]:
    """Within it, what is computed outside of the module is a loss. watch: further eyes on it."""
    modes: list[Outside] = [*watch]
    if ask.term is not None:
        modes.append(Terms(*ask.term))
    if ask.numbers is not None:
        modes.append(Numbers(*ask.numbers))
    if ask.operations:
        modes.append(Operations(ask.operations))
    with contextlib.ExitStack() as stack:
        for mode in modes:
            for part in module.modules():  # a step may call parts of it, and never the whole
                stack.enter_context(_around(part, mode.paused))
            stack.enter_context(mode)
        yield


@contextlib.contextmanager
def _around(module: nn.Module, made: Callable[[], Any]) -> Iterator[None]:
    """Whenever the module runs, it does so within such a context."""
    entered: list[Any] = []

    def enter(module: nn.Module, args: Any) -> None:
        entered.append(made())
        entered[-1].__enter__()

    def leave(module: nn.Module, args: Any, output: Any) -> None:
        entered.pop().__exit__(None, None, None)

    hooks = (
        module.register_forward_pre_hook(enter, prepend=True),
        module.register_forward_hook(leave, always_call=True),
    )
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


class _Attached(TorchFunctionMode):
    """Nothing is cut out of the graph: neither detached, nor made without gradients."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        if func in (Tensor.detach, DATA):
            return args[0]
        if func is torch._C._set_grad_enabled:
            return None
        return func(*args, **(kwargs or {}))


class _Unclipped(TorchFunctionMode):
    """What is held away from zero, as the probabilities of a logarithm, is let be."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        if func in CLIPS:
            return args[0] if args else (kwargs or {})["input"]
        return func(*args, **(kwargs or {}))


class _Losses(TorchFunctionMode):
    """Losses of torch's own, otherwise: as of Otherwise.losses."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self._how = how
        self._ahead: dict[int, tuple[Tensor, Tensor]] = {}  # an id names a tensor while it lives

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if func in LOSSES:
            args, kwargs = self._given(func, args, kwargs)
        found = func(*args, **kwargs)
        if func in ACTIVATIONS and args:
            self._ahead[id(found)] = found, args[0]
        return found

    def _given(self, func: Callable[..., Any], args: Any, kwargs: Any) -> tuple[Any, Any]:
        if self._how in REDUCTIONS and kwargs.get("reduction", "mean") in REDUCTIONS:
            return args, {**kwargs, "reduction": self._how}
        if self._how == "unactivated" and func in OF_LOGITS and id(args[0]) in self._ahead:
            return (self._ahead[id(args[0])][1], *args[1:]), kwargs
        if self._how == "whole" and len(args) > 1 and args[1].is_floating_point():
            return (args[0], args[1].round(), *args[2:]), kwargs
        return args, kwargs
