"""Keras's SGD."""

from typing import Unpack

import torch
from torch import Tensor

from parity.semantics.optimizer import Bucket, KerasOptimizer, Params
from parity.semantics.options import Group, Shared


class SGD(KerasOptimizer):
    """Gradient descent with momentum (keras.optimizers.SGD).

    v = momentum * v - lr * g;  w += v,  or with nesterov  w += momentum * v - lr * g.

    torch's SGD leaves lr out of v and multiplies when it moves. That is the same path while lr is
    constant; when a schedule changes lr, Keras's v still holds steps of the old length.
    Slot: "momentum", where momentum is not 0.
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        **shared: Unpack[Shared],
    ) -> None:
        """Keras's defaults. Raises ValueError for a value out of range."""
        super().__init__(params, lr, {"momentum": momentum, "nesterov": nesterov}, shared)

    def slots(self, group: Group) -> dict[str, float]:
        return {"momentum": 0.0} if group["momentum"] else {}

    def update(self, bucket: Bucket, group: Group) -> None:
        moved = torch._foreach_mul(bucket.grads, bucket.lr)
        if not group["momentum"]:
            torch._foreach_sub_(bucket.params, moved)
            return
        momentum = bucket.cast(group["momentum"])
        velocity = bucket.slots["momentum"]
        torch._foreach_mul_(velocity, momentum)
        torch._foreach_sub_(velocity, moved)
        if not group["nesterov"]:
            torch._foreach_add_(bucket.params, velocity)
            return
        ahead = torch._foreach_mul(velocity, momentum)
        if bucket.backend == "torch":  # Keras adds the two one after the other there
            torch._foreach_sub_(bucket.params, moved)
        else:
            torch._foreach_sub_(ahead, moved)
        torch._foreach_add_(bucket.params, ahead)
