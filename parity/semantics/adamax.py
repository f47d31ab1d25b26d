"""Keras's Adamax."""

from typing import Unpack

import torch
from torch import Tensor

from parity.semantics.optimizer import Bucket, KerasOptimizer, Params
from parity.semantics.options import Group, Shared


class Adamax(KerasOptimizer):
    """Adamax (keras.optimizers.Adamax).

    m += (1 - beta_1) * (g - m);  u = max(beta_2 * u, |g|)
    w -= lr / (1 - beta_1^t) * m / (u + epsilon)

    torch's Adamax adds its epsilon, 1e-8, to |g| inside the maximum, and has lr 0.002.
    Slots: "momentum" (m) and "norm" (u).
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **shared: Unpack[Shared],
    ) -> None:
        """Keras's defaults. Raises ValueError for a value out of range."""
        own = {"beta_1": beta_1, "beta_2": beta_2, "epsilon": epsilon}
        super().__init__(params, lr, own, shared)

    def slots(self, group: Group) -> dict[str, float]:
        return {"momentum": 0.0, "norm": 0.0}

    def update(self, bucket: Bucket, group: Group) -> None:
        correction = 1 - bucket.cast(group["beta_1"]) ** bucket.step
        momentum = bucket.average_("momentum", bucket.grads, group["beta_1"])
        norm = bucket.slots["norm"]
        torch._foreach_mul_(norm, group["beta_2"])
        torch._foreach_maximum_(norm, bucket.of_each(torch._foreach_abs))
        divisor = torch._foreach_add(norm, group["epsilon"])
        torch._foreach_mul_(divisor, -correction / bucket.lr)
        torch._foreach_addcdiv_(bucket.params, momentum, divisor)
