"""Keras's Adadelta."""

from typing import Unpack

import torch
from torch import Tensor

from parity.semantics.optimizer import Bucket, KerasOptimizer, Params
from parity.semantics.options import Group, Shared


class Adadelta(KerasOptimizer):
    """Adadelta (keras.optimizers.Adadelta).

    a = rho * a + (1 - rho) * g*g;  d = sqrt(b + epsilon) / sqrt(a + epsilon) * g
    b = rho * b + (1 - rho) * d*d;  w -= lr * d

    The formula is torch's; the defaults are not: lr 0.001, rho 0.95 and epsilon 1e-7 where torch
    has 1.0, 0.9 and 1e-6.
    Slots: "accumulated_grad" (a) and "accumulated_delta_var" (b).
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        rho: float = 0.95,
        epsilon: float = 1e-7,
        **shared: Unpack[Shared],
    ) -> None:
        """Keras's defaults. Raises ValueError for a value out of range."""
        super().__init__(params, lr, {"rho": rho, "epsilon": epsilon}, shared)

    def slots(self, group: Group) -> dict[str, float]:
        return {"accumulated_grad": 0.0, "accumulated_delta_var": 0.0}

    def update(self, bucket: Bucket, group: Group) -> None:
        rho, epsilon = group["rho"], group["epsilon"]
        new_squares = bucket.squares()
        squares = bucket.slots["accumulated_grad"]
        torch._foreach_mul_(squares, rho)
        torch._foreach_add_(squares, new_squares, alpha=1 - rho)
        steps = bucket.slots["accumulated_delta_var"]
        scale = torch._foreach_sqrt(torch._foreach_add(steps, epsilon))
        torch._foreach_div_(scale, torch._foreach_sqrt(torch._foreach_add(squares, epsilon)))
        torch._foreach_mul_(new_squares, torch._foreach_mul(scale, scale))
        torch._foreach_mul_(steps, rho)
        torch._foreach_add_(steps, new_squares, alpha=1 - rho)
        delta = torch._foreach_mul(bucket.grads, scale)
        torch._foreach_mul_(delta, bucket.lr)
        torch._foreach_sub_(bucket.params, delta)
