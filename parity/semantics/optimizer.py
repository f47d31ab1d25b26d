"""What Keras's optimizers have in common: the order of events in a step, and one step count."""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from parity.semantics import accumulation, averaging, conventions, occurrences
from parity.semantics.clipping import clip
from parity.semantics.options import Group, Shared, check, complete

Params = Iterable[Tensor] | Iterable[dict[str, Any]] | Iterable[tuple[str, Tensor]]
Tensors = list[Tensor] | tuple[Tensor, ...]


@dataclass
class Bucket:
    """Parameters of one device and dtype, with what an update needs. Numbers are 0-dim tensors."""

    params: list[Tensor]
    given: list[Tensor]  # the gradients; sparse where each occurrence of a row is by itself
    grads: list[Tensor]  # the same, dense
    slots: dict[str, list[Tensor]]
    lr: Tensor
    step: Tensor  # counts from 1, in the parameters' dtype as Keras has it
    backend: str

    def cast(self, value: float) -> Tensor:
        """Keras's `ops.cast(value, variable.dtype)`."""
        return conventions.cast(value, self.params[0], self.backend)

    def of_each(self, function: Callable[[list[Tensor]], Tensors]) -> list[Tensor]:
        """A function of the gradients, added up over what stands for one element (occurrences)."""
        found = function([occurrences.values(gradient) for gradient in self.given])
        return [
            occurrences.total(occurrences.with_values(gradient, value))
            for gradient, value in zip(self.given, found, strict=True)
        ]

    def squares(self) -> list[Tensor]:
        return self.of_each(lambda grads: torch._foreach_mul(grads, grads))

    def average_(self, name: str, new: Tensors, kept: float) -> list[Tensor]:
        """Move the running average in a slot towards `new`: kept * old + (1 - kept) * new.

        Keras writes old + (new - old) * (1 - kept) on tensorflow and jax, and the two products on
        torch. The sum of 0.999 and 0.001 is off by 1.3e-8 in float32, and so a thousand steps
        later the second moment by 1.3e-5: the two ways are not the same number.
        """
        old = self.slots[name]
        if self.backend == "torch":
            torch._foreach_mul_(old, kept)
            torch._foreach_add_(old, new, alpha=1 - kept)
        else:
            torch._foreach_lerp_(old, new, 1 - kept)
        return old


class KerasOptimizer(Optimizer, ABC):
    """A torch optimizer with Keras's order of events (keras BaseOptimizer.apply).

    Each step: gather the gradients of an update, clip them, decay the weights, update, average,
    count. Parameters without a gradient are left alone. `group["iterations"]` is Keras's
    optimizer-wide count of steps, a 0-dim tensor on the parameters' device; the state of a
    parameter is held under Keras's slot names.

    A sparse gradient is taken as Keras's backend takes it: on tensorflow each occurrence of a row
    by itself (see occurrences), on jax and torch their sum. Every row is updated all the same.

    Nothing is read back from the device but the count, where gradients are accumulated or averages
    overwrite the weights. Constraints: see constraints. Loss scaling is left to torch.amp.
    """

    def __init__(self, params: Params, lr: float | Tensor, own: Group, shared: Shared) -> None:
        """own: the options of the algorithm itself. Raises ValueError, naming what is wrong."""
        super().__init__(params, {"lr": lr, **own, **complete(**shared)})

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters; the count of steps so far is shared. Raises ValueError."""
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        check(group)
        first = self.param_groups[0]
        count = first.get("iterations", torch.zeros((), dtype=torch.int64))
        group["iterations"] = count.detach().clone().to(group["params"][0].device)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Called by load_state_dict too: what a group holds must follow its parameters' device."""
        super().__setstate__(state)
        for group in self.param_groups:
            for name in ("iterations", "u_product"):
                if name in group:
                    group[name] = group[name].to(group["params"][0].device)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update the parameters from their gradients; returns what `closure` does, or None."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        grads = self._gradients()
        if grads:
            due = accumulation.due(grads, self.param_groups, self.state)
            if due:
                self._advance(clip(due, self.param_groups))
            for group in self.param_groups:
                averaging.average_(group, self.state)
                group["iterations"].add_(1)
        return loss

    @torch.no_grad()
    def finalize_variable_values(self) -> None:
        """Put the averages in the weights' place where use_ema is set, as fit does at its end."""
        for group in self.param_groups:
            averaging.overwrite_(group, self.state)

    @abstractmethod
    def slots(self, group: Group) -> dict[str, float]:
        """Keras's names of a parameter's state variables, and what they start with."""

    @abstractmethod
    def update(self, bucket: Bucket, group: Group) -> None:
        """Keras's `update_step`, for many parameters at once."""

    def begin(self, group: Group) -> None:
        """What is done once a step and not once a parameter."""

    def _gradients(self) -> dict[Tensor, Tensor]:
        """Parameter -> gradient, where there is one; sparse on tensorflow alone."""
        grads = {}
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is None:
                    continue
                is_sliced = group["keras_backend"] == "tensorflow"
                grads[param] = param.grad if is_sliced else occurrences.total(param.grad)
        return grads

    def _advance(self, grads: dict[Tensor, Tensor]) -> None:
        for group in self.param_groups:
            self.begin(group)
            buckets = defaultdict(list)
            for param in group["params"]:
                if param in grads:
                    buckets[param.device, param.dtype].append(param)
            for params in buckets.values():
                bucket = self._bucket(params, grads, group)
                _decay_weights(bucket, group["weight_decay"])
                self.update(bucket, group)

    def _bucket(self, params: list[Tensor], grads: dict[Tensor, Tensor], group: Group) -> Bucket:
        starts = self.slots(group)
        for param in params:
            for name, start in starts.items():
                if name not in self.state[param]:
                    self.state[param][name] = torch.zeros_like(
                        param, memory_format=torch.preserve_format
                    ).add_(conventions.cast(start, param, group["keras_backend"]))
        like = params[0]
        return Bucket(
            params=params,
            given=[grads[param] for param in params],
            grads=[occurrences.total(grads[param]) for param in params],
            slots={name: [self.state[param][name] for param in params] for name in starts},
            lr=conventions.held(group["lr"], like),
            step=(accumulation.updates_before(group) + 1).to(device=like.device, dtype=like.dtype),
            backend=group["keras_backend"],
        )


def _decay_weights(bucket: Bucket, weight_decay: float | None) -> None:
    if weight_decay is None:
        return
    share = bucket.cast(weight_decay) * bucket.lr
    if bucket.backend == "torch":  # other rounding: in float32 this drifts by 1e-7 a step
        torch._foreach_mul_(bucket.params, 1 - share)
    else:
        torch._foreach_sub_(bucket.params, torch._foreach_mul(bucket.params, share))
