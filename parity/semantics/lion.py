"""Keras's Lion."""

from typing import Unpack

import torch
from torch import Tensor

from parity.semantics.optimizer import Bucket, KerasOptimizer, Params
from parity.semantics.options import Group, Shared


class Lion(KerasOptimizer):
    """Lion (keras.optimizers.Lion); torch has none.

    w -= lr * sign(beta_1 * m + (1 - beta_1) * g);  m = beta_2 * m + (1 - beta_2) * g

    beta_2 is 0.99. In float64 on tensorflow and jax both betas go through Keras's cast, which on
    tensorflow rounds them to float32.
    Slot: "momentum".
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
        **shared: Unpack[Shared],
    ) -> None:
        """Keras's defaults. Raises ValueError for a value out of range."""
        super().__init__(params, lr, {"beta_1": beta_1, "beta_2": beta_2}, shared)

    def slots(self, group: Group) -> dict[str, float]:
        return {"momentum": 0.0}

    def update(self, bucket: Bucket, group: Group) -> None:
        beta_1, beta_2 = (bucket.cast(group[name]) for name in ("beta_1", "beta_2"))
        momentum = bucket.slots["momentum"]
        ahead = torch._foreach_mul(momentum, beta_1)
        torch._foreach_add_(ahead, torch._foreach_mul(bucket.grads, 1 - beta_1))
        signs = torch._foreach_sign(ahead)
        torch._foreach_sub_(bucket.params, torch._foreach_mul(signs, bucket.lr))
        torch._foreach_mul_(momentum, beta_2)
        torch._foreach_add_(momentum, torch._foreach_mul(bucket.grads, 1 - beta_2))
