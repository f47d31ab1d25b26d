"""What a diagnosis does to a port that trains: to its modules, and to its own code as it runs."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from parity.records.otherwise import Otherwise
from parity.sides import torch_stepped

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
DATA: Any = Tensor.data.__get__  # type: ignore[attr-defined]
REDUCTIONS = ("mean", "sum")
SUMS = {
    *(torch.add, Tensor.add, Tensor.__add__, Tensor.__radd__, Tensor.__iadd__),
    *(torch.sub, Tensor.sub, Tensor.__sub__, Tensor.__rsub__, Tensor.__isub__),
}


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
        if ask.is_training:

            def stay(mode: bool = True) -> nn.Module:
                return module

            stack.enter_context(torch_stepped.replaced(module, {"eval": stay, "train": stay}))
        if ask.is_attached:
            stack.enter_context(_around(module, _Attached))
        if ask.losses:
            stack.enter_context(_Losses(ask.losses))
        yield


@contextlib.contextmanager
def in_loss(module: nn.Module, ask: Otherwise) -> Iterator[None]:
    """Within it, what is added up outside of the module is a loss."""
    if ask.term is None:
        yield
        return
    terms = _Terms(*ask.term)
    with contextlib.ExitStack() as stack:
        for part in module.modules():  # a step may call parts of it, and never the whole
            stack.enter_context(_around(part, terms.paused))
        with terms:
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


class _Terms(TorchFunctionMode):
    """Of the numbers that are added up, or vectors of a number a sample, one is scaled; sums that
    are added up further are such numbers, too."""

    def __init__(self, place: int, factor: float) -> None:
        super().__init__()
        self._left, self._factor = place, factor
        self._paused = 0  # modules that run, one in another

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        self._paused += 1
        yield
        self._paused -= 1

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        if self._paused or func not in SUMS or not all(map(_is_term, args)):
            return func(*args, **(kwargs or {}))
        return func(*(self._scaled(x) for x in args), **(kwargs or {}))

    def _scaled(self, x: Any) -> Any:
        if not isinstance(x, Tensor):
            return x
        self._left -= 1
        return x * self._factor if self._left == -1 else x


def _is_term(x: Any) -> bool:
    return isinstance(x, int | float) or (isinstance(x, Tensor) and x.ndim < 2)
