"""What Keras's optimizers have in common: clipping, decoupled weight decay, one step count."""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypedDict

import torch
from torch import Tensor
from torch.optim import Optimizer

from parity.semantics import conventions
from parity.semantics.clipping import clip

Params = Iterable[Tensor] | Iterable[dict[str, Any]] | Iterable[tuple[str, Tensor]]
Group = dict[str, Any]
Tensors = list[Tensor] | tuple[Tensor, ...]


class Shared(TypedDict, total=False):
    """The options of every optimizer here, named as Keras names them; all default to None.

    weight_decay: the weights shrink by `weight_decay * lr` of themselves before the update. That
        is decoupled in *every* Keras optimizer; torch's Adam and SGD add it to the gradient.
    clipnorm: the largest norm of any one gradient (torch's clip_grad_norm_ is global_clipnorm).
    global_clipnorm: the largest norm of all gradients together, over all param groups.
    clipvalue: the largest absolute value of a gradient's element.
    keras_backend: "tensorflow", "jax" or "torch": whose arithmetic to follow (see conventions).
    """

    weight_decay: float | None
    clipnorm: float | None
    global_clipnorm: float | None
    clipvalue: float | None
    keras_backend: str | None


@dataclass
class Bucket:
    """Parameters of one device and dtype, with what an update needs. Numbers are 0-dim tensors."""

    params: list[Tensor]
    grads: list[Tensor]
    slots: dict[str, list[Tensor]]
    lr: Tensor
    step: Tensor  # counts from 1, in the parameters' dtype as Keras has it
    backend: str

    def cast(self, value: float) -> Tensor:
        """Keras's `ops.cast(value, variable.dtype)`."""
        return conventions.cast(value, self.params[0], self.backend)

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

    Each step: clip the gradients, decay the weights, update, count. Parameters without a gradient
    are left alone. `group["iterations"]` is Keras's optimizer-wide step count, a 0-dim tensor on
    the parameters' device; the state of a parameter is held under Keras's slot names.

    Nothing is read back from the device. Moving averages of the weights, loss scaling and gradient
    accumulation, which Keras's optimizers do too, belong to the training loop in torch.
    """

    def __init__(self, params: Params, lr: float | Tensor, own: Group, shared: Shared) -> None:
        """own: the options of the algorithm itself. Raises ValueError, naming what is wrong."""
        super().__init__(params, {"lr": lr, **own, **_complete(**shared)})

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
        """Update the parameters from their gradients; returns what `closure` does, or None.

        Raises RuntimeError for a sparse gradient.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        grads = self._gradients()
        if grads:
            self._advance(clip(grads, self.param_groups))
        return loss

    @abstractmethod
    def slots(self, group: Group) -> dict[str, float]:
        """Keras's names of a parameter's state variables, and what they start with."""

    @abstractmethod
    def update(self, bucket: Bucket, group: Group) -> None:
        """Keras's `update_step`, for many parameters at once."""

    def begin(self, group: Group) -> None:
        """What is done once a step and not once a parameter."""

    def _gradients(self) -> dict[Tensor, Tensor]:
        """Parameter -> gradient, where there is one."""
        grads = {}
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is None:
                    continue
                if param.grad.is_sparse:
                    raise RuntimeError(
                        f"{type(self).__name__}: sparse gradients are not supported; "
                        "make the Embedding with sparse=False"
                    )
                grads[param] = param.grad
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
            group["iterations"].add_(1)

    def _bucket(self, params: list[Tensor], grads: dict[Tensor, Tensor], group: Group) -> Bucket:
        starts = self.slots(group)
        for param in params:
            if not self.state[param]:
                for name, start in starts.items():
                    self.state[param][name] = torch.zeros_like(
                        param, memory_format=torch.preserve_format
                    ).add_(conventions.cast(start, param, group["keras_backend"]))
        like = params[0]
        return Bucket(
            params=params,
            grads=[grads[param] for param in params],
            slots={name: [self.state[param][name] for param in params] for name in starts},
            lr=_number(group["lr"], like),
            step=(group["iterations"] + 1).to(device=like.device, dtype=like.dtype),
            backend=group["keras_backend"],
        )


def _number(value: float | Tensor, like: Tensor) -> Tensor:
    if isinstance(value, Tensor):
        return value.detach().to(device=like.device, dtype=like.dtype)
    return torch.full((), value, dtype=like.dtype, device=like.device)


def _decay_weights(bucket: Bucket, weight_decay: float | None) -> None:
    if weight_decay is None:
        return
    share = bucket.cast(weight_decay) * bucket.lr
    if bucket.backend == "torch":  # other rounding: in float32 this drifts by 1e-7 a step
        torch._foreach_mul_(bucket.params, 1 - share)
    else:
        torch._foreach_sub_(bucket.params, torch._foreach_mul(bucket.params, share))


def _complete(
    weight_decay: float | None = None,
    clipnorm: float | None = None,
    global_clipnorm: float | None = None,
    clipvalue: float | None = None,
    keras_backend: str | None = None,
) -> Group:
    return {
        "weight_decay": weight_decay,
        "clipnorm": clipnorm,
        "global_clipnorm": global_clipnorm,
        "clipvalue": clipvalue,
        "keras_backend": conventions.resolve(keras_backend),
    }


def check(group: Group) -> None:
    """Raises ValueError, naming the option, the value and the remedy."""
    for name in ("lr", "epsilon", "initial_accumulator_value", "weight_decay"):
        value = group.get(name)
        if value is not None and not isinstance(value, Tensor) and not value >= 0:
            raise ValueError(f"{name}={value}: give a number that is not negative")
    for name in ("beta_1", "beta_2", "rho"):
        if name in group and not 0 <= group[name] < 1:
            raise ValueError(f"{name}={group[name]}: give a number in [0, 1), the share kept")
    if not 0 <= group.get("momentum", 0) <= 1:
        raise ValueError(f"momentum={group['momentum']}: give a number in [0, 1]")
    given = {
        name: group[name]
        for name in ("clipnorm", "global_clipnorm", "clipvalue")
        if group[name] is not None
    }
    for name, value in given.items():
        if not value > 0:
            raise ValueError(f"{name}={value}: give a positive number, or None not to clip")
    if len(given) > 1:
        listed = ", ".join(f"{name}={value}" for name, value in given.items())
        raise ValueError(f"{listed}: give only one of them, as in Keras")
