"""Run a port's own training step as it is, and see which gradients its optimizers are given; or
with other habits, in a diagnosis."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad
from torch.optim import Optimizer

from parity.errors import ModelError
from parity.records.otherwise import AS_IT_IS, Clipping, Otherwise

CLIP = "_clip_grads_with_norm_"  # what clip_grad_norm_ calls, however a port imported that

Gradients = dict[str, Tensor]  # by the parameter's name
Weights = dict[str, Tensor]


def run(
    step: Callable[[nn.Module, Any], Any],
    module: nn.Module,
    batch: Any,
    optimizers: Sequence[Optimizer],
    ask: Otherwise = AS_IT_IS,
    number: int = 1,
    is_still: bool = False,
) -> tuple[Tensor, Gradients, Weights]:
    """One step: its loss; by name the gradients as they were before anything was clipped, when the
    optimizer of the parameter made its step; and the parameters right behind that.

    ask: what is done otherwise; number: of the step, from 1; is_still: optimizers move nothing.
    Raises ModelError where the step returns no loss, or cannot be run so.
    """
    watched = _Watched(module, ask, is_still)
    with watched.watching(optimizers):
        loss = step(module, batch)
        if ask.complete is not None and not watched.moved:
            watched.clip(ask.complete)
            _complete(loss, optimizers)
    if ask.accumulated is not None and number % ask.accumulated[0] == 0:
        watched.advance(optimizers, ask.accumulated[1])
    try:
        told = torch.as_tensor(loss).detach().reshape(())
    except (RuntimeError, TypeError, ValueError) as error:
        raise ModelError(f"the port's step returns {loss!r}; let it return its loss") from error
    return told, watched.gradients, watched.moved


def _complete(loss: Any, optimizers: Sequence[Optimizer]) -> None:
    """Make the step that the port did not make."""
    if not isinstance(loss, Tensor) or not loss.requires_grad:
        raise ModelError("the port returns no loss that can be differentiated")
    for optimizer in optimizers:
        optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    for optimizer in optimizers:
        optimizer.step()


class _Watched:
    """gradients: as they were when their parameter's optimizer made its step, or at the end;
    moved: the parameters right behind that."""

    def __init__(self, module: nn.Module, ask: Otherwise, is_still: bool) -> None:
        self.moved: Weights = {}
        self._is_still = is_still
        self._module, self._ask = module, ask
        self._names: dict[Any, str] = {x: name for name, x in module.named_parameters()}
        self._seen: Gradients = {}
        self._taken: Gradients = {}

    def clip(self, by: Clipping) -> None:
        """From here on, unless it is done otherwise throughout."""
        if self._ask.clipping is None and by.how:
            self._ask = replace(self._ask, clipping=by)

    @property
    def gradients(self) -> Gradients:
        return {**self._seen, **self._taken}

    @contextlib.contextmanager
    def watching(self, optimizers: Sequence[Optimizer]) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            for parameter in filter(lambda x: x.requires_grad, self._names):
                hook = parameter.register_post_accumulate_grad_hook(self._accumulated)
                stack.callback(hook.remove)
            for optimizer in optimizers:
                instead: dict[str, Any] = {"step": _nothing, "zero_grad": _nothing}
                if self._ask.accumulated is None:
                    instead = {"step": partial(self._step, optimizer, optimizer.step)}
                stack.enter_context(replaced(optimizer, instead))
            by_norm = _exactly if self._ask.is_exact else _nothing
            if (self._ask.clipping is not None or self._ask.is_exact) and hasattr(clip_grad, CLIP):
                stack.enter_context(replaced(clip_grad, {CLIP: by_norm}))
            if self._ask.accumulated is not None:
                stack.enter_context(replaced(self._module, {"zero_grad": _nothing}))
            yield

    def advance(self, optimizers: Sequence[Optimizer], factor: float) -> None:
        """Make the steps that the port was kept from."""
        for optimizer in optimizers:
            for parameter in _parameters(optimizer):
                if parameter.grad is not None:
                    parameter.grad.mul_(factor)
            self._step(optimizer, optimizer.step)
        self._module.zero_grad()

    def _accumulated(self, parameter: Tensor) -> None:
        assert parameter.grad is not None
        self._seen[self._names[parameter]] = dense(parameter.grad).clone()

    def _step(self, optimizer: Optimizer, own: Any, *args: Any, **kwargs: Any) -> Any:
        parameters = [p for p in _parameters(optimizer) if p in self._names]
        names = [self._names[p] for p in parameters]
        self._taken |= {name: self._seen[name] for name in names if name in self._seen}
        taken = {name: self._taken[name] for name in names if name in self._taken}
        for name, parameter in zip(names, parameters, strict=True):
            if self._ask.is_kept and (parameter.grad is None or not parameter.grad.any()):
                parameter.grad = taken.get(name)
        if self._ask.clipping is not None:
            made = clipped(taken, self._ask.clipping)
            for name, parameter in zip(names, parameters, strict=True):
                parameter.grad = made.get(name, parameter.grad)
        if self._is_still:
            loss = next((closure() for closure in (*args, *kwargs.values()) if closure), None)
        else:
            # What widens a person's code to float64 must not widen an optimizer's count of steps.
            with torch._C.DisableTorchFunction():
                loss = own(*args, **kwargs)
            self.moved |= {n: p.detach().clone() for n, p in zip(names, parameters, strict=True)}
        if self._ask.is_clear:
            for parameter in parameters:
                parameter.grad = None
        return loss


def clipped(gradients: Mapping[str, Tensor], by: Clipping) -> Gradients:
    """Gradients as Keras's optimizers clip them, those of a group as one."""
    found = dict(gradients)
    if by.how == "clipvalue":
        return {name: x.clamp(-by.limit, by.limit) for name, x in found.items()}
    groups = [[name for name in group if name in found] for group in by.groups]
    if by.how == "global_clipnorm":
        groups = [[name for group in groups for name in group]]
    for group in filter(None, groups if by.how else []):
        norm = torch.linalg.vector_norm(torch.cat([found[name].flatten() for name in group]))
        found |= {name: found[name] * (by.limit / norm.clamp(min=by.limit)) for name in group}
    return found


@contextlib.contextmanager
def replaced(thing: Any, attributes: Mapping[str, Any]) -> Iterator[None]:
    """Some of its own attributes stand aside for a while."""
    before = {name: vars(thing)[name] for name in attributes if name in vars(thing)}
    vars(thing).update(attributes)
    try:
        yield
    finally:
        for name in attributes:
            vars(thing).pop(name, None)
        vars(thing).update(before)


def dense(gradient: Tensor) -> Tensor:
    return gradient.to_dense() if gradient.is_sparse else gradient


def _parameters(optimizer: Optimizer) -> list[Tensor]:
    return [p for group in optimizer.param_groups for p in group["params"]]


def _exactly(parameters: Iterable[Tensor], most: float, norm: Tensor, *args: Any) -> None:
    """In the place of what `clip_grad_norm_` calls, which adds 1e-6 to the norm."""
    for parameter in parameters:
        if parameter.grad is not None:
            parameter.grad.mul_(most / norm.clamp(min=most))


def _nothing(*args: Any, **kwargs: Any) -> None:
    """In the place of what a port does."""
