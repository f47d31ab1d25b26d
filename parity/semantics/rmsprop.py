"""Keras's RMSprop."""

from typing import Unpack

import torch
from torch import Tensor

from parity.semantics.optimizer import Bucket, KerasOptimizer, Params, Tensors
from parity.semantics.options import Group, Shared


class RMSprop(KerasOptimizer):
    """RMSprop with Keras's epsilon (keras.optimizers.RMSprop).

    v = rho * v + (1 - rho) * g*g;  step = lr * g / sqrt(v + epsilon)
    centered: a = rho * a + (1 - rho) * g, and v - a*a stands in place of v under the root
    momentum: b = momentum * b + step, and b is the step

    torch's RMSprop has rho = alpha = 0.99 where Keras has 0.9, and adds its epsilon, 1e-8, after
    the root: at small gradients Keras divides by sqrt(1e-7) = 3e-4.
    Slots: "velocity"; "momentum" with momentum; "average_gradient" where centered.
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **shared: Unpack[Shared],
    ) -> None:
        """Keras's defaults. Raises ValueError for a value out of range."""
        own = {"rho": rho, "momentum": momentum, "epsilon": epsilon, "centered": centered}
        super().__init__(params, lr, own, shared)

    def slots(self, group: Group) -> dict[str, float]:
        names = {"velocity": 0.0}
        if group["momentum"]:
            names["momentum"] = 0.0
        if group["centered"]:
            names["average_gradient"] = 0.0
        return names

    def update(self, bucket: Bucket, group: Group) -> None:
        rho = group["rho"]
        velocity = bucket.slots["velocity"]
        torch._foreach_mul_(velocity, rho)
        torch._foreach_add_(velocity, bucket.squares(), alpha=1 - rho)
        if group["centered"]:
            average = bucket.slots["average_gradient"]
            torch._foreach_mul_(average, rho)
            torch._foreach_add_(average, bucket.grads, alpha=1 - rho)
            divisor = torch._foreach_addcmul(velocity, average, average, -1)
            torch._foreach_add_(divisor, group["epsilon"])
        else:
            divisor = torch._foreach_add(velocity, group["epsilon"])
        torch._foreach_sqrt_(divisor)
        step: Tensors = torch._foreach_mul(bucket.grads, bucket.lr)
        torch._foreach_div_(step, divisor)
        if group["momentum"]:
            momentum = bucket.slots["momentum"]
            torch._foreach_mul_(momentum, group["momentum"])
            torch._foreach_add_(momentum, step)
            step = momentum
        torch._foreach_sub_(bucket.params, step)
