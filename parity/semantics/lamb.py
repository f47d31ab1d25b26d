"""Keras's Lamb."""

from typing import Unpack

import torch
from torch import Tensor

from parity.semantics.optimizer import Bucket, KerasOptimizer, Params
from parity.semantics.options import Group, Shared


class Lamb(KerasOptimizer):
    """Lamb (keras.optimizers.Lamb); torch has none.

    m += (1 - beta_1) * (g - m);  v += (1 - beta_2) * (g*g - v)
    u = m / (1 - beta_1^t) / (sqrt(v / (1 - beta_2^t)) + epsilon)
    w -= lr * |w| / |u| * u, with 1 in place of the quotient where either norm is 0

    The weights shrink ahead of that, as in every Keras optimizer; in the paper, and in ports of
    it, the decay is a part of u, and of its norm.
    Slots: "momentum" and "velocity".
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
        return {"momentum": 0.0, "velocity": 0.0}

    def update(self, bucket: Bucket, group: Group) -> None:
        momentum, velocity = bucket.slots["momentum"], bucket.slots["velocity"]
        torch._foreach_lerp_(momentum, bucket.grads, 1 - group["beta_1"])
        torch._foreach_lerp_(velocity, bucket.squares(), 1 - group["beta_2"])
        divisor = torch._foreach_div(velocity, 1 - bucket.cast(group["beta_2"]) ** bucket.step)
        torch._foreach_sqrt_(divisor)
        torch._foreach_add_(divisor, group["epsilon"])
        update = torch._foreach_div(momentum, 1 - bucket.cast(group["beta_1"]) ** bucket.step)
        torch._foreach_div_(update, divisor)
        for param, one in zip(bucket.params, update, strict=True):
            ratio = param.square().sum().sqrt() / one.square().sum().sqrt()
            ratio = torch.where(ratio.isfinite() & (ratio > 0), ratio, torch.ones_like(ratio))
            param.sub_(ratio * bucket.lr * one)
