"""Keras's Nadam."""

from typing import Unpack

import torch
from torch import Tensor

from parity.semantics.accumulation import updates_before
from parity.semantics.optimizer import Bucket, KerasOptimizer, Params, Tensors
from parity.semantics.options import Group, Shared

DECAY = 0.96  # of the momentum schedule; Keras has no option for it


class Nadam(KerasOptimizer):
    """Adam with Nesterov momentum (keras.optimizers.Nadam).

    u_t = beta_1 * (1 - 0.96^t / 2), and U_t the product of all u up to t
    m += (1 - beta_1) * (g - m);  v += (1 - beta_2) * (g*g - v)
    n = u_{t+1} * m / (1 - U_{t+1}) + (1 - u_t) * g / (1 - U_t)
    w -= lr * n / (sqrt(v / (1 - beta_2^t)) + epsilon)

    torch's NAdam decays by 0.96^(0.004 t), has lr 0.002 and epsilon 1e-8. In float64 on tensorflow
    Keras rounds beta_1, beta_2 and 0.96 to float32 in the update, but not in U.
    Slots: "momentum", "velocity"; U is `group["u_product"]`, one for all parameters as in Keras.
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

    def add_param_group(self, param_group: Group) -> None:
        super().add_param_group(param_group)
        product = self.param_groups[0].get("u_product", torch.ones(()))
        self.param_groups[-1]["u_product"] = product.clone().to(self.param_groups[-1]["params"][0])

    def slots(self, group: Group) -> dict[str, float]:
        return {"momentum": 0.0, "velocity": 0.0}

    def begin(self, group: Group) -> None:
        product = group["u_product"]
        decay = torch.full_like(product, DECAY) ** (updates_before(group) + 1).to(product)
        product.mul_(group["beta_1"]).mul_(1 - 0.5 * decay)

    def update(self, bucket: Bucket, group: Group) -> None:
        beta_1, beta_2 = bucket.cast(group["beta_1"]), bucket.cast(group["beta_2"])
        decay = bucket.cast(DECAY)
        now = beta_1 * (1 - 0.5 * decay**bucket.step)
        after = beta_1 * (1 - 0.5 * decay ** (bucket.step + 1))
        product = group["u_product"].to(bucket.step)
        if bucket.backend == "torch":
            momentum = bucket.average_("momentum", bucket.grads, group["beta_1"])
        else:
            momentum = _towards_(bucket.slots["momentum"], bucket.grads, 1 - beta_1)
        squares = bucket.squares()
        if bucket.backend == "torch":
            velocity = bucket.average_("velocity", squares, group["beta_2"])
        else:
            velocity = _towards_(bucket.slots["velocity"], squares, 1 - beta_2)
        nesterov = torch._foreach_mul(momentum, after / (1 - product * after))
        current = torch._foreach_mul(bucket.grads, (1 - now) / (1 - product))
        torch._foreach_add_(nesterov, current)
        divisor = torch._foreach_div(velocity, 1 - beta_2**bucket.step)
        torch._foreach_sqrt_(divisor)
        torch._foreach_add_(divisor, group["epsilon"])
        torch._foreach_div_(divisor, -bucket.lr)
        torch._foreach_addcdiv_(bucket.params, nesterov, divisor)


def _towards_(old: list[Tensor], new: Tensors, share: Tensor) -> list[Tensor]:
    """old += (new - old) * share, where the share itself is rounded as Keras's beta is."""
    moved = torch._foreach_sub(new, old)
    torch._foreach_mul_(moved, share)
    torch._foreach_add_(old, moved)
    return old
