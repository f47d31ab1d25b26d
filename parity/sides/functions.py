"""What a diagnosis may do to one tensor, by name: Keras's activations, and moves of values."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from parity.records.comparison import Array
from parity.sides import spectra
from parity.sides.keras_block import keras_block
from parity.sides.keras_layers import keras_layer
from parity.sides.merging import merged

Numbers = float | Sequence[float]
Axes = Sequence[int]


def keras_relu(
    x: Tensor, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> Tensor:
    """keras.activations.relu: 0 below the threshold, or a slope there; cut off at max_value."""
    above = x if max_value is None else x.clamp(max=max_value)
    return torch.where(x >= threshold, above, negative_slope * (x - threshold))


def hard_sigmoid_of_keras_2(x: Tensor) -> Tensor:
    return (0.2 * x + 0.5).clamp(0.0, 1.0)


def gelu(x: Tensor, approximate: bool = False) -> Tensor:
    return F.gelu(x, approximate="tanh" if approximate else "none")


def squareplus(x: Tensor, b: float = 4.0) -> Tensor:
    return (x + (x * x + b).sqrt()) / 2


def sparse_plus(x: Tensor) -> Tensor:
    inside = (x + 1).square() / 4
    return torch.where(x <= -1, torch.zeros_like(x), torch.where(x < 1, inside, x))


def sparsemax(x: Tensor, dim: int = -1) -> Tensor:
    """The projection of x onto the probabilities (Martins and Astudillo, 2016)."""
    x = x.movedim(dim, -1)
    ordered = x.sort(dim=-1, descending=True).values
    ranks = torch.arange(1, x.shape[-1] + 1, dtype=x.dtype, device=x.device)
    sums = ordered.cumsum(-1) - 1
    support = (ordered * ranks > sums).sum(-1, keepdim=True)
    threshold = sums.gather(-1, support - 1) / support
    return (x - threshold).clamp(min=0).movedim(-1, dim)


def softmax(x: Tensor, dim: int = -1) -> Tensor:
    return F.softmax(x, dim=dim)


def log_softmax(x: Tensor, dim: int = -1) -> Tensor:
    return F.log_softmax(x, dim=dim)


def glu(x: Tensor, dim: int = -1) -> Tensor:
    return F.glu(x, dim=dim)


def leaky_relu(x: Tensor, negative_slope: float = 0.2) -> Tensor:
    return F.leaky_relu(x, negative_slope)


def identity(x: Tensor) -> Tensor:
    return x


# By Keras's names, with Keras's defaults.
ACTIVATIONS: dict[str, Callable[..., Tensor]] = {
    "linear": identity,
    "relu": keras_relu,
    "relu6": F.relu6,
    "leaky_relu": leaky_relu,
    "elu": lambda x, alpha=1.0: F.elu(x, alpha),
    "celu": lambda x, alpha=1.0: F.celu(x, alpha),
    "selu": F.selu,
    "gelu": gelu,
    "quick_gelu": lambda x: x * torch.sigmoid(1.702 * x),
    "glu": glu,
    "silu": F.silu,
    "swish": F.silu,
    "mish": F.mish,
    "softplus": lambda x: torch.logaddexp(x, torch.zeros_like(x)),
    "softsign": F.softsign,
    "softmax": softmax,
    "log_softmax": log_softmax,
    "sigmoid": torch.sigmoid,
    "log_sigmoid": F.logsigmoid,
    "hard_sigmoid": F.hardsigmoid,
    "hard_sigmoid_of_keras_2": hard_sigmoid_of_keras_2,
    "hard_silu": F.hardswish,
    "hard_swish": F.hardswish,
    "tanh": torch.tanh,
    "hard_tanh": F.hardtanh,
    "tanh_shrink": F.tanhshrink,
    "hard_shrink": lambda x, threshold=0.5: F.hardshrink(x, threshold),
    "soft_shrink": lambda x, threshold=0.5: F.softshrink(x, threshold),
    "threshold": lambda x, threshold=1.0, value=0.0: F.threshold(x, threshold, value),
    "squareplus": squareplus,
    "sparse_plus": sparse_plus,
    "sparsemax": sparsemax,
    "exponential": torch.exp,
}


def pad(x: Tensor, pad: Axes, value: float = 0.0, mode: str = "constant") -> Tensor:
    """In F.pad's order: the last axis first. Negative amounts crop."""
    return F.pad(x, tuple(pad), mode, value)


def crop(x: Tensor, crop: Axes) -> Tensor:
    """In F.pad's order."""
    return F.pad(x, tuple(-amount for amount in crop))


def scale(x: Tensor, by: Numbers = 1.0, add: Numbers = 0.0, axis: int = 1) -> Tensor:
    """x * by + add; several numbers stand along the axis."""
    return x * _along(by, x, axis) + _along(add, x, axis)


def add(x: Tensor, add: Array, axis: int = -1, at: int = 0) -> Tensor:
    """A bias along an axis; one of a part of it begins at a place."""
    values = torch.as_tensor(add).flatten()
    behind = x.shape[axis] - at - len(values)
    is_part = len(values) > 1 and (at or behind)
    return x + _along(F.pad(values, (at, behind)) if is_part else values, x, axis)


def _along(numbers: Numbers | Tensor, x: Tensor, axis: int) -> Tensor:
    values = torch.as_tensor(numbers, dtype=x.dtype, device=x.device)
    if values.ndim == 0:
        return values
    return values.view([-1 if i == axis % x.ndim else 1 for i in range(x.ndim)])


def permute(x: Tensor, dims: Axes) -> Tensor:
    return x.permute(tuple(dims))


def flip(x: Tensor, dims: Axes) -> Tensor:
    return x.flip(tuple(dims))


def reverse_channels(x: Tensor, axis: int = 1) -> Tensor:
    return x.flip(axis)


def reorder(x: Tensor, shape: Axes, dims: Axes, axis: int = -1) -> Tensor:
    """Read an axis as an array of this shape, permute it, and flatten it again."""
    x, lead = x.movedim(axis, -1), x.ndim - 1
    whole = x.reshape(*x.shape[:-1], *shape)
    turned = whole.permute(*range(lead), *(lead + dim for dim in dims)).flatten(lead)
    return turned.movedim(-1, axis)


def blocks(x: Tensor, order: Axes) -> Tensor:
    """Equal blocks of the first axis in another order: the gates of a recurrent layer."""
    parts = x.chunk(len(order))
    return torch.cat([parts[place] for place in order])


def reshape_as_keras(x: Tensor, before: Axes, shape: Axes, after: Axes) -> Tensor:
    """Permute to Keras's layout, reshape there, and permute to torch's.

    `shape` leaves the batch axis out.
    """
    return x.permute(tuple(before)).reshape(x.shape[0], *shape).permute(tuple(after))


def moved(x: Tensor, moves: Sequence[tuple[str, Axes]]) -> Tensor:
    """Permute and reshape in turn; a shape leaves the batch axis out."""
    for kind, value in moves:
        x = x.permute(tuple(value)) if kind == "permute" else x.reshape(len(x), *value)
    return x


def heads_of_steps(x: Tensor) -> Tensor:
    """Heads in front of steps, of what was read into this shape with steps behind heads."""
    return x.reshape(len(x), x.shape[2], x.shape[1], -1).transpose(1, 2)


def samples_of_steps(x: Tensor) -> Tensor:
    """The first two axes of what was read into this shape with those exchanged."""
    return x.reshape(x.shape[1], x.shape[0], *x.shape[2:]).transpose(0, 1)


def unit(x: Tensor, dim: int) -> Tensor:
    """Vectors of length one along an axis, as keras.ops.normalize makes them."""
    return x / x.square().sum(dim, keepdim=True).clamp(min=1e-12).sqrt()


def of_length_one(x: Tensor, dims: Axes) -> Tensor:
    return x / x.square().sum(tuple(dims), keepdim=True).sqrt()


def centred(x: Tensor, dims: Axes) -> Tensor:
    return x - x.mean(tuple(dims), keepdim=True)


def standardised(x: Tensor, dims: Axes, epsilon: float, is_inside: bool) -> Tensor:
    """Of mean 0 and variance 1 along these axes. is_inside: does epsilon stand in the root?"""
    variance = x.var(tuple(dims), correction=0, keepdim=True)
    deviation = (variance + epsilon).sqrt() if is_inside else variance.sqrt() + epsilon
    return centred(x, dims) / deviation


def added_in_root(x: Tensor, number: float) -> Tensor:
    """Of a root: that of the sum."""
    return (x.square() + number).sqrt()


def interpolate(x: Tensor, **settings: Any) -> Tensor:
    return F.interpolate(x, **settings)


def swap_kernel_axes(x: Tensor, multiplier: int) -> Tensor:
    """A depthwise kernel (in * multiplier, 1, ...) whose rows stand multiplier first."""
    rows = x.reshape(multiplier, -1, *x.shape[1:]).transpose(0, 1)
    return rows.flatten(0, 1)


def select_step(x: Tensor, index: int, dim: int = 1, is_kept: bool = False) -> Tensor:
    """is_kept: the axis stays, with a length of one."""
    step = x.select(dim, index)
    return step.unsqueeze(dim) if is_kept else step


def backward_half_at_the_end(x: Tensor, dim: int = 1) -> Tensor:
    """(N, T, 2 * units): the backward half's last value, which is at t = 0, at the last step."""
    forward, backward = x.chunk(2, dim=-1)
    *steps, _ = backward.unbind(dim)
    return torch.cat([forward, torch.stack([*steps, backward.select(dim, 0)], dim)], dim=-1)


def reduce(x: Tensor, kind: str, dims: Axes, keepdim: bool = False) -> Tensor:
    """A global pooling: "mean" or "max" over some axes."""
    dims = tuple(dims)
    return x.amax(dims, keepdim) if kind == "max" else x.mean(dims, keepdim)


def slopes(x: Tensor, alpha: Array, dims: Axes) -> Tensor:
    """A PReLU with Keras's slopes, whose axes, behind one for the batch, stand in this order."""
    slope = torch.as_tensor(alpha, dtype=x.dtype, device=x.device)[None].permute(tuple(dims))
    return torch.where(x >= 0, x, slope * x)


def later_steps_blocked(scores: Tensor) -> Tensor:
    """Scores (..., queries, keys) in front of a softmax, under a causal mask."""
    blocked = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).triu(1)
    return scores.masked_fill(blocked, -torch.inf)


def allowed_by(
    mask: Tensor, queries: int, keys: int, query_mask: Tensor | None = None, of_keys: bool = False
) -> Tensor:
    """(N, queries, keys), True where one attends to the other, by a mask of these axes, or by one
    of steps, (N, T): there a query that is padded, by its own mask if it has one, attends to none.
    of_keys: the mask says nothing of queries.

    Raises ValueError where a mask is of another length.
    """
    if mask.shape[-1] != keys or (query_mask is not None and query_mask.shape[-1] != queries):
        raise ValueError("the mask is of another sequence")
    if mask.ndim > 2:
        return mask.expand(-1, queries, -1)
    allowed = mask[:, None, :].expand(-1, queries, -1)
    if of_keys or (query_mask is None and queries != keys):
        return allowed
    return allowed & (mask if query_mask is None else query_mask)[:, :, None]


def padded_blocked(
    scores: Tensor,
    mask: Array,
    query_mask: Array | None = None,
    of_keys: bool = False,
    by: float = -1e30,
) -> Tensor:
    """Scores (N, ..., queries, keys) in front of a softmax, where some steps are padding; or what
    it gives, by zeros.

    The masks: as of `allowed_by`. A query that is padded attends to all alike.
    """
    counts = torch.as_tensor(mask, device=scores.device)
    counted = None if query_mask is None else torch.as_tensor(query_mask, device=scores.device)
    queries, keys = scores.shape[-2:]
    allowed = allowed_by(counts, queries, keys, counted, of_keys)
    between = [1] * (scores.ndim - 3)
    return scores.masked_fill(~allowed.reshape(len(counts), *between, *allowed.shape[1:]), by)


def clip(x: Tensor, low: float, high: float) -> Tensor:
    return x.clamp(low, high)


def roll(x: Tensor, by: int, dim: int) -> Tensor:
    return x.roll(by, dim)


def replaced(x: Tensor, by: Array) -> Tensor:
    """Other numbers, as exact as the pass is; places stay whole."""
    is_float = x.is_floating_point() or x.is_complex()
    kind = torch.promote_types(x.dtype, torch.get_default_dtype()) if is_float else x.dtype
    return torch.tensor(by, device=x.device).to(kind)


def taken(x: Tensor, index: tuple[Any, ...]) -> Tensor:
    return x[tuple(index)]


def transposed(x: Tensor) -> Tensor:
    return x.transpose(-2, -1)


def negative(x: Tensor) -> Tensor:
    return -x


def invert(x: Tensor) -> Tensor:
    """A boolean mask of the other meaning."""
    return ~x if x.dtype == torch.bool else x


def drop(x: Tensor, rate: float, shared: Axes = ()) -> Tensor:
    """Dropout as Keras has it: along shared axes, one draw for all."""
    shape = [1 if axis in shared else size for axis, size in enumerate(x.shape)]
    kept = torch.rand(shape, dtype=x.dtype, device=x.device) >= rate
    return x * kept / (1 - rate)


def gaussian_drop(x: Tensor, rate: float) -> Tensor:
    """GaussianDropout as Keras has it: noise about one, of a variance of rate / (1 - rate)."""
    noise: Tensor = (rate / (1 - rate)) ** 0.5 * torch.randn_like(x)
    return x * (1 + noise)


def open_mask(x: Tensor, attends: bool) -> Tensor:
    """A mask that lets everything through. attends: what True means in a boolean one."""
    return torch.full_like(x, attends) if x.dtype == torch.bool else torch.zeros_like(x)


FUNCTIONS: dict[str, Callable[..., Tensor]] = ACTIVATIONS | {
    "identity": identity,
    "exp": torch.exp,
    "log": torch.log,
    "log10": torch.log10,
    "log2": torch.log2,
    "log1p": torch.log1p,
    "abs": torch.abs,
    "square": torch.square,
    "unit": unit,
    "of_length_one": of_length_one,
    "centred": centred,
    "standardised": standardised,
    "root": torch.sqrt,
    "complex_part": spectra.complex_part,
    "pad": pad,
    "crop": crop,
    "scale": scale,
    "add": add,
    "keras_layer": keras_layer,
    "merged": merged,
    "permute": permute,
    "flip": flip,
    "reverse_channels": reverse_channels,
    "reorder": reorder,
    "blocks": blocks,
    "reshape_as_keras": reshape_as_keras,
    "added_in_root": added_in_root,
    "moved": moved,
    "heads_of_steps": heads_of_steps,
    "samples_of_steps": samples_of_steps,
    "interpolate": interpolate,
    "swap_kernel_axes": swap_kernel_axes,
    "select_step": select_step,
    "backward_half_at_the_end": backward_half_at_the_end,
    "reduce": reduce,
    "slopes": slopes,
    "clip": clip,
    "roll": roll,
    "taken": taken,
    "replaced": replaced,
    "later_steps_blocked": later_steps_blocked,
    "invert": invert,
    "transposed": transposed,
    "negative": negative,
    "open_mask": open_mask,
    "padded_blocked": padded_blocked,
    "drop": drop,
    "gaussian_drop": gaussian_drop,
}
FUNCTIONS["keras_block"] = partial(keras_block, FUNCTIONS)
