"""Keras's Adafactor."""

from typing import Unpack

import torch
from torch import Tensor

from parity.semantics import conventions
from parity.semantics.optimizer import Bucket, KerasOptimizer, Params
from parity.semantics.options import Group, Shared


class Adafactor(KerasOptimizer):
    """Adafactor (keras.optimizers.Adafactor).

    b = 1 - t^beta_2_decay;  s = g*g + epsilon_1
    r = b * r + (1 - b) * mean(s) over Keras's last axis, c the same over the one before it
    v = r / mean(r) * c;  of a vector v = b * v + (1 - b) * s
    u = g / sqrt(v);  u = u / max(1, rms(u) / clip_threshold)
    w -= max(epsilon_2, rms(w)) * min(lr, 1 / sqrt(t)) * u

    Keras factors the last two axes of a kernel, its channels, and torch's own Adafactor the last
    two dimensions, which of a convolution are its window; it also puts its epsilon elsewhere, and
    takes rms(w) ahead of the decay. `dims` are those of a parameter that Keras has last: the first
    two, unless a group of parameters is held in Keras's own layout: dims=(-2, -1).
    `relative_step` is taken for Keras's sake: the rate is never above 1 / sqrt(t) either way.
    Slot: "velocity", of which r and c are the means.
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        beta_2_decay: float = -0.8,
        epsilon_1: float = 1e-30,
        epsilon_2: float = 1e-3,
        clip_threshold: float = 1.0,
        relative_step: bool = True,
        dims: tuple[int, int] = (0, 1),
        **shared: Unpack[Shared],
    ) -> None:
        """Keras's defaults. Raises ValueError for a value out of range."""
        own = {
            "beta_2_decay": beta_2_decay,
            "epsilon_1": epsilon_1,
            "epsilon_2": epsilon_2,
            "clip_threshold": clip_threshold,
            "relative_step": relative_step,
            "dims": dims,
        }
        super().__init__(params, lr, own, shared)

    def slots(self, group: Group) -> dict[str, float]:
        return {"velocity": 0.0}

    def update(self, bucket: Bucket, group: Group) -> None:
        backend = bucket.backend
        kept = 1 - bucket.step ** group["beta_2_decay"]
        rate = _smaller(bucket.lr, 1 / bucket.step.sqrt(), backend)
        least = bucket.cast(group["epsilon_2"])
        squares = torch._foreach_add(bucket.squares(), group["epsilon_1"])
        velocities = bucket.slots["velocity"]
        for param, grad, square, velocity in zip(
            bucket.params, bucket.grads, squares, velocities, strict=True
        ):
            size = _larger(least, _rms(param, backend), backend) * rate
            if param.ndim < 2:
                velocity.mul_(kept).add_((1 - kept) * square)
            else:
                r, c = (
                    kept * velocity.mean(dim, keepdim=True)
                    + (1 - kept) * _mean(square, (dim,), backend)
                    for dim in group["dims"]
                )
                velocity.copy_(r / _mean(r, group["dims"], backend) * c)
            step = grad / velocity.sqrt()
            above = _rms(step, backend) / group["clip_threshold"]
            param.sub_(size * (step / _larger(torch.ones_like(above), above, backend)))


def _mean(values: Tensor, dims: tuple[int, ...], backend: str) -> Tensor:
    """Keras's `ops.mean`, in float32 on jax and torch."""
    if backend != "tensorflow":
        return values.float().mean(dims, keepdim=True).to(values.dtype)
    return values.mean(dims, keepdim=True)


def _rms(values: Tensor, backend: str) -> Tensor:
    return _mean(values.square().reshape(-1), (0,), backend)[0].sqrt()


def _larger(one: Tensor, other: Tensor, backend: str) -> Tensor:
    """Keras's `ops.maximum`, which rounds to float32 on torch."""
    found = torch.maximum(one, other)
    return conventions.through_float32(found) if backend == "torch" else found


def _smaller(one: Tensor, other: Tensor, backend: str) -> Tensor:
    return -_larger(-one, -other, backend)
