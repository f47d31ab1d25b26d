"""Keras's Adagrad."""

from typing import Unpack

import torch
from torch import Tensor

from parity.semantics.optimizer import Bucket, KerasOptimizer, Params
from parity.semantics.options import Group, Shared


class Adagrad(KerasOptimizer):
    """Adagrad that starts from 0.1 (keras.optimizers.Adagrad).

    a += g*g;  w -= lr * g / sqrt(a + epsilon)

    torch's Adagrad starts from 0, has lr 0.01, and adds its epsilon, 1e-10, after the root. In
    float64 on tensorflow the 0.1 is 0.10000000149, rounded to float32.
    Slot: "accumulator".
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        **shared: Unpack[Shared],
    ) -> None:
        """Keras's defaults. Raises ValueError for a value out of range."""
        own = {"initial_accumulator_value": initial_accumulator_value, "epsilon": epsilon}
        super().__init__(params, lr, own, shared)

    def slots(self, group: Group) -> dict[str, float]:
        return {"accumulator": group["initial_accumulator_value"]}

    def update(self, bucket: Bucket, group: Group) -> None:
        accumulator = bucket.slots["accumulator"]
        torch._foreach_add_(accumulator, bucket.squares())
        divisor = torch._foreach_add(accumulator, group["epsilon"])
        torch._foreach_sqrt_(divisor)
        torch._foreach_div_(divisor, -bucket.lr)
        torch._foreach_addcdiv_(bucket.params, bucket.grads, divisor)
