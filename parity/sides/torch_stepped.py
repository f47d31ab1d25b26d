"""Run a port's own training step as it is, and see which gradients its optimizers are given."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from parity.errors import ModelError

Gradients = dict[str, Tensor]  # by the parameter's name
Weights = dict[str, Tensor]


def run(
    step: Callable[[nn.Module, Any], Any],
    module: nn.Module,
    batch: Any,
    optimizers: Sequence[Optimizer],
) -> tuple[Tensor, Gradients, Weights]:
    """One step: its loss; by name the gradients as they were before anything was clipped, when the
    optimizer of the parameter made its step; and the parameters right behind that.

    Raises ModelError where the step returns no loss.
    """
    moved: Weights = {}
    with _recorded(module, optimizers, moved) as found:
        loss = step(module, batch)
    try:
        return torch.as_tensor(loss).detach().reshape(()), found, moved
    except (RuntimeError, TypeError, ValueError) as error:
        raise ModelError(f"the port's step returns {loss!r}; let it return its loss") from error


@contextlib.contextmanager
def in_training(module: nn.Module, is_forced: bool) -> Iterator[None]:
    """Where it is forced, a step cannot put the module to inference."""
    if not is_forced:
        yield
        return
    vars(module)["eval"] = lambda: module
    vars(module)["train"] = lambda mode=True: module
    try:
        yield
    finally:
        del vars(module)["eval"], vars(module)["train"]


@contextlib.contextmanager
def _recorded(
    module: nn.Module, optimizers: Sequence[Optimizer], moved: Weights
) -> Iterator[Gradients]:
    """moved: is filled with the parameters right behind the steps of their optimizers."""
    names: dict[Tensor, str] = {x: name for name, x in module.named_parameters()}
    seen: Gradients = {}
    found: Gradients = {}

    def accumulated(parameter: Tensor) -> None:
        assert parameter.grad is not None
        seen[names[parameter]] = dense(parameter.grad).clone()

    hooks = [
        parameter.register_post_accumulate_grad_hook(accumulated)  # type: ignore[no-untyped-call]
        for parameter in names
        if parameter.requires_grad
    ]
    with contextlib.ExitStack() as stack:
        for optimizer in optimizers:
            take, keep = partial(_take, names, seen, found), partial(_keep, names, moved)
            stack.enter_context(_watched(optimizer, take, keep))
        try:
            yield found
        finally:
            for hook in hooks:
                hook.remove()
    found.update({name: x for name, x in seen.items() if name not in found})


def _take(names: dict[Any, str], seen: Gradients, found: Gradients, parameter: Tensor) -> None:
    name = names.get(parameter, "")
    if name in seen:
        found[name] = seen[name]


def _keep(names: dict[Any, str], moved: Weights, parameter: Tensor) -> None:
    if parameter in names:
        moved[names[parameter]] = parameter.detach().clone()


@contextlib.contextmanager
def _watched(
    optimizer: Optimizer, take: Callable[[Tensor], None], keep: Callable[[Tensor], None]
) -> Iterator[None]:
    """Tell of each parameter before the optimizer moves it, and behind that."""
    own, before = optimizer.step, vars(optimizer).get("step")

    def step(*args: Any, **kwargs: Any) -> Any:
        own_parameters = [p for group in optimizer.param_groups for p in group["params"]]
        for parameter in own_parameters:
            take(parameter)
        # What widens a person's code to float64 must not widen an optimizer's count of steps.
        with torch._C.DisableTorchFunction():
            loss = own(*args, **kwargs)
        for parameter in own_parameters:
            keep(parameter)
        return loss

    vars(optimizer)["step"] = step
    try:
        yield
    finally:
        vars(optimizer).pop("step", None)
        if before is not None:
            vars(optimizer)["step"] = before


def dense(gradient: Tensor) -> Tensor:
    return gradient.to_dense() if gradient.is_sparse else gradient
