"""Keras's Ftrl."""

from typing import Unpack

import torch
from torch import Tensor

from parity.semantics.optimizer import Bucket, KerasOptimizer, Params
from parity.semantics.options import Group, Shared


class Ftrl(KerasOptimizer):
    """Follow the regularised leader (keras.optimizers.Ftrl); torch has none.

    b = a + g*g;  p = -learning_rate_power
    z += g + 2 * shrinkage * w - (b^p - a^p) / lr * w
    w = (clip(z, -l1, l1) - z) / (b^p / lr + 2 * l2 + beta / lr);  a = b

    Slots: "accumulator" (a) and "linear" (z).
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
        **shared: Unpack[Shared],
    ) -> None:
        """Keras's defaults. Raises ValueError for a value out of range."""
        own = {
            "learning_rate_power": learning_rate_power,
            "initial_accumulator_value": initial_accumulator_value,
            "l1_regularization_strength": l1_regularization_strength,
            "l2_regularization_strength": l2_regularization_strength,
            "l2_shrinkage_regularization_strength": l2_shrinkage_regularization_strength,
            "beta": beta,
        }
        super().__init__(params, lr, own, shared)

    def slots(self, group: Group) -> dict[str, float]:
        return {"accumulator": group["initial_accumulator_value"], "linear": 0.0}

    def update(self, bucket: Bucket, group: Group) -> None:
        power = -group["learning_rate_power"]
        l1 = group["l1_regularization_strength"]
        l2 = group["l2_regularization_strength"] + group["beta"] / (2 * bucket.lr)
        accumulator, linear = bucket.slots["accumulator"], bucket.slots["linear"]
        grown = torch._foreach_add(accumulator, bucket.squares())
        before, after = (torch._foreach_pow(x, power) for x in (accumulator, grown))
        shrinkage = 2 * group["l2_shrinkage_regularization_strength"]
        torch._foreach_add_(linear, bucket.grads)
        torch._foreach_add_(linear, bucket.params, alpha=shrinkage)
        moved = torch._foreach_sub(after, before)
        torch._foreach_div_(moved, bucket.lr)
        torch._foreach_sub_(linear, torch._foreach_mul(moved, bucket.params))
        for param, z, root in zip(bucket.params, linear, after, strict=True):
            param.copy_((z.clamp(-l1, l1) - z) / (root / bucket.lr + 2 * l2))
        torch._foreach_copy_(accumulator, grown)
