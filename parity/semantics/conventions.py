"""Whose arithmetic is followed: that of Keras on tensorflow, on jax or on torch.

Keras 3 is one library with three arithmetics. In float32 they are alike; in float64 each of them
has operations that quietly go through float32, and they are not the same ones (measured with
Keras 3.15):

- tensorflow: `ops.cast(0.9, "float64")` makes a float32 tensor of the Python number first, so it
  gives 0.8999999761581421. Whatever Keras casts is rounded like that: the betas in Adam's bias
  correction, SGD's momentum, weight decay, the starting value of Adagrad's accumulator. A number
  that meets a tensor in an operation (`v + 1e-7`, `rho * v`) is exact.
- jax: `ops.mean`, `ops.var` and `ops.moments` compute in float32, because outside tensorflow
  Keras's type promotion never yields float64. The result is handed back as float64.
- torch: the same for `ops.mean` and `ops.var`, and for `ops.maximum`, `ops.minimum` and
  `ops.divide_no_nan` too: the clipping of gradients by norm and the mean of every loss.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

BACKENDS = ("tensorflow", "jax", "torch")


@dataclass
class _Setting:
    backend: str = "tensorflow"


_setting = _Setting()


def keras_backend() -> str:
    """The Keras backend whose arithmetic is followed from now on: "tensorflow" at first."""
    return _setting.backend


def use(backend: str) -> None:
    """Follow this backend's arithmetic in what is made from now on.

    Raises ValueError for anything but "tensorflow", "jax" and "torch".
    """
    _setting.backend = resolve(backend)


def resolve(backend: str | None) -> str:
    """The given backend, or the setting for None. Raises ValueError for an unknown one."""
    if backend is None:
        return _setting.backend
    if backend not in BACKENDS:
        raise ValueError(f"keras_backend={backend!r}: choose one of {', '.join(BACKENDS)}")
    return backend


def cast(value: float, like: Tensor, backend: str) -> Tensor:
    """What `keras.ops.cast(value, like.dtype)` makes of a Python number: a 0-dim tensor.

    It is filled on the device, so that nothing waits for it.
    """
    via = torch.float32 if backend == "tensorflow" else like.dtype
    return torch.full((), value, dtype=via, device=like.device).to(like.dtype)


def held(value: float | Tensor, like: Tensor) -> Tensor:
    """A number as a variable of Keras's in the dtype of `like` holds it: 0-dim, on its device."""
    if isinstance(value, Tensor):
        return value.detach().to(device=like.device, dtype=like.dtype)
    return torch.full((), value, dtype=like.dtype, device=like.device)


def through_float32(values: Tensor) -> Tensor:
    """Round to float32 and hand back in the old dtype, as Keras's operations in float32 do.

    The gradient is rounded on its way back too, as it is in Keras.
    """
    return values.to(torch.float32).to(values.dtype)
