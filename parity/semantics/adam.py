"""Keras's Adam and AdamW."""

from typing import Unpack

import torch
from torch import Tensor

from parity.semantics.optimizer import Bucket, KerasOptimizer, Params
from parity.semantics.options import Group, Shared, SharedByAdamW


class Adam(KerasOptimizer):
    """Adam with Keras's epsilon (keras.optimizers.Adam).

    m += (1 - beta_1) * (g - m);  v += (1 - beta_2) * (g*g - v)
    w -= lr * sqrt(1 - beta_2^t) / (1 - beta_1^t) * m / (sqrt(v) + epsilon)

    torch's Adam divides sqrt(v) by sqrt(1 - beta_2^t) before it adds epsilon. Keras's epsilon is
    therefore larger by 1 / sqrt(1 - beta_2^t), 32 times at the first step, which no constant eps
    makes up for. The correction is computed in the parameters' dtype, as in Keras: 1 - 0.999^t
    in float32 is visibly another number than in double.
    Slots: "momentum", "velocity", and "velocity_hat" with amsgrad.
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **shared: Unpack[Shared],
    ) -> None:
        """Keras's defaults. Raises ValueError for a value out of range."""
        own = {"beta_1": beta_1, "beta_2": beta_2, "epsilon": epsilon, "amsgrad": amsgrad}
        super().__init__(params, lr, own, shared)

    def slots(self, group: Group) -> dict[str, float]:
        names = {"momentum": 0.0, "velocity": 0.0}
        return {**names, "velocity_hat": 0.0} if group["amsgrad"] else names

    def update(self, bucket: Bucket, group: Group) -> None:
        # Seven passes over the parameters; the corrections are single numbers.
        beta_1_power = bucket.cast(group["beta_1"]) ** bucket.step
        beta_2_power = bucket.cast(group["beta_2"]) ** bucket.step
        alpha = bucket.lr * (1 - beta_2_power).sqrt() / (1 - beta_1_power)
        momentum = bucket.average_("momentum", bucket.grads, group["beta_1"])
        velocity = bucket.average_("velocity", bucket.squares(), group["beta_2"])
        if group["amsgrad"]:
            torch._foreach_maximum_(bucket.slots["velocity_hat"], velocity)
            velocity = bucket.slots["velocity_hat"]
        divisor = torch._foreach_sqrt(velocity)
        torch._foreach_add_(divisor, group["epsilon"])
        torch._foreach_div_(divisor, -alpha)
        torch._foreach_addcdiv_(bucket.params, momentum, divisor)


class AdamW(Adam):
    """Adam with a default weight decay of 0.004 (keras.optimizers.AdamW); torch's is 0.01.

    The decay is decoupled here as in every Keras optimizer, so Adam(weight_decay=...) is the same.
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **shared: Unpack[SharedByAdamW],
    ) -> None:
        """Keras's defaults. Raises ValueError for a value out of range."""
        if weight_decay is None:
            raise ValueError("weight_decay=None: give AdamW a number, or use Adam")
        super().__init__(
            params,
            lr,
            beta_1,
            beta_2,
            epsilon,
            amsgrad,
            weight_decay=weight_decay,
            **shared,
        )
