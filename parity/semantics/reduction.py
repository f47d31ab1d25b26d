"""How Keras gets from the loss of every element to one number."""

import torch
from torch import Tensor

REDUCTIONS = ("sum_over_batch_size", "mean", "mean_with_sample_weight", "sum", "none", None)


def check(reduction: str | None) -> str | None:
    """The reduction itself. Raises ValueError for one that Keras does not have."""
    if reduction not in REDUCTIONS:
        raise ValueError(
            f"reduction={reduction!r}: choose one of {', '.join(map(str, REDUCTIONS))}"
        )
    return reduction


def mean(values: Tensor, axis: int, backend: str) -> Tensor:
    """Keras's `ops.mean` over one axis, which it takes away.

    On jax and torch float64 values are averaged in float32 and handed back as float64; so is the
    gradient, which is exact here. The mean itself is exact to the bit on torch, and on jax over an
    axis of length 1 or 2. Over a longer one it is right to float32's rounding: XLA adds in an
    order that depends on the size of the array and on the processor's vectors.

    By default XLA may also leave the way to float32 and back out (in sums over 100,000 elements it
    did, over 1,000 not); with --xla_allow_excess_precision=false it never does, as here.
    """
    if values.dtype == torch.float64 and backend == "tensorflow":
        return values.mean(dim=axis)
    narrow = values.to(torch.float32)
    if backend == "jax":  # XLA multiplies by the reciprocal, which is another number in float32
        average = narrow.sum(dim=axis) * (1 / narrow.shape[axis])
    else:
        average = narrow.mean(dim=axis)
    return average.to(values.dtype)


def reduce(
    values: Tensor, reduction: str | None, backend: str, valid: Tensor | None = None
) -> Tensor:
    """Keras's `reduce_weighted_values`: the losses of all samples to what is asked for.

    valid: True where a sample counts, of the shape of the values; the others count neither in a
    sum nor in a mean (ignore_class). If none counts, a mean is 0.
    """
    averaged = reduction in ("sum_over_batch_size", "mean")
    if valid is not None and averaged:
        count = valid.sum().to(values.dtype)
        values = (
            values * valid * divide_no_nan(torch.full_like(count, valid.numel()), count, backend)
        )
    elif valid is not None:
        values = values * valid
    if reduction in (None, "none"):
        return values
    total = values.sum()
    if reduction == "sum":
        return total
    if valid is None or averaged:
        return divide_no_nan(total, torch.full_like(total, values.numel()), backend)
    return divide_no_nan(total, valid.sum().to(total.dtype), backend)


def divide_no_nan(total: Tensor, count: Tensor, backend: str) -> Tensor:
    """Keras's `divide_no_nan`: 0 where the count is; in float32 on torch, whatever goes in."""
    dtype = total.dtype
    if backend == "torch":
        total, count = total.float(), count.float()
    return (total / count.clamp(min=1) * (count > 0)).to(dtype)
