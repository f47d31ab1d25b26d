"""Keras's layers at inference, computed by torch: what a port may lack.

Each takes a tensor in Keras's layout, channels last, the layer's `get_config` (of an operation its
attributes), and its weights as Keras holds them, by role; its activation is not among them.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial, reduce
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from parity.records import axis_order
from parity.records.comparison import Array
from parity.sides import keras_learned, keras_recurrent
from parity.sides.keras_norms import (
    Config,
    Weights,
    batch_norm,
    group_norm,
    layer_norm,
    normalization,
    rms_norm,
    unit_norm,
)

Layer = Callable[[Tensor, Config, Weights], Tensor]
CONSTANT = "constant"  # numbers of Keras's graph


def keras_layer(
    x: Tensor, kind: str, config: Config, axes: Sequence[int], **weights: Array
) -> Tensor:
    """A layer of this class of Keras's on a tensor of torch's.

    axes: Keras's axis i is torch's axis axes[i], of x and of a result of as many axes; a result of
    another number is as Keras has it.
    """
    held = {r: torch.as_tensor(w, dtype=x.dtype, device=x.device) for r, w in weights.items()}
    found = LAYERS[kind](x.permute(tuple(axes)), config, held)
    if found.ndim != x.ndim:
        return found
    return found.permute([list(axes).index(axis) for axis in range(x.ndim)])


def dense(x: Tensor, config: Config, held: Weights) -> Tensor:
    y = x @ held["kernel"]
    return y + held["bias"] if "bias" in held else y


def convolution(x: Tensor, config: Config, held: Weights) -> Tensor:
    """A kernel (*k, in / groups, out)."""
    kernel, x = held["kernel"], x.movedim(-1, 1)
    rank = kernel.ndim - 2
    stride, dilation = (_each(config.get(n, 1), rank) for n in ("strides", "dilation_rate"))
    spans = [(k - 1) * d + 1 for k, d in zip(kernel.shape, dilation, strict=False)]
    run: Callable[..., Tensor] = (F.conv1d, F.conv2d, F.conv3d)[rank - 1]
    weight = kernel.movedim((-1, -2), (0, 1))
    settings = held.get("bias"), stride, 0, dilation, config.get("groups", 1)
    return run(_padded(x, config, spans, stride), weight, *settings).movedim(1, -1)


def depthwise(x: Tensor, config: Config, held: Weights) -> Tensor:
    """A kernel (*k, in, of each)."""
    kernel = held["kernel"]
    own = held | {"kernel": kernel.flatten(-2)[..., None, :]}
    return convolution(x, config | {"groups": kernel.shape[-2]}, own)


def pooling(x: Tensor, config: Config, held: Weights, is_max: bool) -> Tensor:
    """The maximum sees no padding, and no average counts it."""
    x, rank = x.movedim(-1, 1), x.ndim - 2
    size = _each(config["pool_size"], rank)
    stride = _each(config.get("strides") or size, rank)
    if is_max:
        run = (F.max_pool1d, F.max_pool2d, F.max_pool3d)[rank - 1]
        return run(_padded(x, config, size, stride, -math.inf), size, stride).movedim(1, -1)
    mean: Callable[..., Tensor] = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[rank - 1]
    sums, counts = (
        mean(_padded(one, config, size, stride), size, stride) for one in (x, torch.ones_like(x))
    )
    return (sums / counts).movedim(1, -1)


def global_pooling(x: Tensor, config: Config, held: Weights, is_max: bool) -> Tensor:
    axes, keepdim = tuple(range(1, x.ndim - 1)), bool(config.get("keepdims"))
    return x.amax(axes, keepdim) if is_max else x.mean(axes, keepdim)


def rescaling(x: Tensor, config: Config, held: Weights) -> Tensor:
    by, add = (torch.as_tensor(config[name]).to(x) for name in ("scale", "offset"))
    return x * by + add


def zero_padding(x: Tensor, config: Config, held: Weights, sign: int = 1) -> Tensor:
    """Amounts of each axis, before and after; with the sign -1 they are cropped."""
    amounts = config["padding" if sign > 0 else "cropping"]
    if x.ndim == 3 and len(amounts) == 2 and isinstance(amounts[0], int):
        amounts = (amounts,)
    return F.pad(x, (0, 0, *(sign * n for pair in reversed(amounts) for n in pair)))


def upsampling(x: Tensor, config: Config, held: Weights) -> Tensor:
    """Each value as often as `size` says; Keras's other interpolations are not known here."""
    if config.get("interpolation", "nearest") != "nearest":
        raise ValueError("no interpolation but nearest")
    for axis, size in enumerate(_each(config["size"], x.ndim - 2), 1):
        x = x.repeat_interleave(size, axis)
    return x


def repeat(x: Tensor, config: Config, held: Weights) -> Tensor:
    return x[:, None].expand(-1, config["n"], -1)


def reshape(x: Tensor, config: Config, held: Weights) -> Tensor:
    """By a layer, or by an operation, which names the size of the batch, too."""
    sizes = config["target_shape"] if "target_shape" in config else config["newshape"][1:]
    return x.reshape(len(x), *sizes)


def permute(x: Tensor, config: Config, held: Weights) -> Tensor:
    return x.permute(axis_order.of(config, x.ndim))


def merging(x: Tensor, config: Config, held: Weights, kind: str) -> Tensor:
    """x with what else the layer takes, `held` by its place among `inputs`; or with a number, or
    with those of the graph."""
    given = [held.get(f"input_{place}", x) for place in range(config.get("inputs", 1))]
    given += [torch.as_tensor(number).to(x) for number in config.get("scalars", ())]
    given += [held[CONSTANT]] if CONSTANT in held else []
    given = given[::-1] if config.get("number_leads") else given
    if len(given) < 2:
        raise ValueError(f"of {kind} one value is known")
    if kind == "concatenate":
        return torch.cat(given, config.get("axis", -1))
    joined = reduce(_MERGES[kind], given)
    return joined / len(given) if kind == "average" else joined


def along(x: Tensor, config: Config, held: Weights, run: Callable[..., Tensor]) -> Tensor:
    """What is done along axes that an operation names."""
    return run(x, config["axis"])


def reduced(x: Tensor, config: Config, held: Weights, run: Callable[..., Tensor]) -> Tensor:
    """One number of many, along axes that an operation names."""
    return run(x, config["axis"], keepdim=bool(config.get("keepdims")))


def middle(x: Tensor, axis: Any, keepdim: bool = False) -> Tensor:
    """The median, of an even number the mean of the middle two."""
    (axis,) = _each(axis, 1)
    return torch.quantile(x, 0.5, axis, keepdim)


def rolled(x: Tensor, config: Config, held: Weights) -> Tensor:
    return x.roll(config["shift"], config["axis"])


def by_element(x: Tensor, config: Config, held: Weights, run: Callable[[Tensor], Tensor]) -> Tensor:
    return run(x)


def _each(value: Any, count: int) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,) * count


def _padded(
    x: Tensor, config: Config, spans: Sequence[int], strides: Sequence[int], value: float = 0.0
) -> Tensor:
    """x (N, C, ...) as Keras's `padding` has it."""
    amounts: list[int] = []  # as F.pad takes them, the last axis first
    each = zip(x.shape[2:], spans, strides, strict=True)
    for length, span, stride in reversed(list(each)):
        over = max((-(-length // stride) - 1) * stride + span - length, 0)
        kinds = {"same": (over // 2, over - over // 2), "causal": (span - 1, 0)}
        amounts += kinds.get(config.get("padding", "valid"), (0, 0))
    return F.pad(x, amounts, value=value)


def _by_rank(name: str, layer: Layer) -> dict[str, Layer]:
    return {f"{name}{rank}D": layer for rank in (1, 2, 3)}


_MERGES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "add": torch.add,
    "average": torch.add,
    "subtract": torch.sub,
    "multiply": torch.mul,
    "truedivide": torch.div,
    "divide": torch.div,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "mod": torch.remainder,
    "floordivide": torch.floor_divide,
    "power": torch.pow,
}
_KINDS = (
    *("Add", "Average", "Subtract", "Multiply", "TrueDivide", "Divide", "Maximum", "Minimum"),
    *("Mod", "FloorDivide", "Power"),
)
LAYERS: dict[str, Layer] = {
    "Dense": dense,
    **_by_rank("Conv", convolution),
    **_by_rank("DepthwiseConv", depthwise),
    **_by_rank("MaxPooling", partial(pooling, is_max=True)),
    **_by_rank("AveragePooling", partial(pooling, is_max=False)),
    **_by_rank("GlobalMaxPooling", partial(global_pooling, is_max=True)),
    **_by_rank("GlobalAveragePooling", partial(global_pooling, is_max=False)),
    "BatchNormalization": batch_norm,
    "LayerNormalization": layer_norm,
    "RMSNormalization": rms_norm,
    "GroupNormalization": group_norm,
    **dict.fromkeys(("UnitNormalization", "Normalize"), unit_norm),
    **{
        kind: partial(keras_recurrent.layer, kind=kind)
        for kind in ("SimpleRNN", "LSTM", "GRU", "Bidirectional")
    },
    "Normalization": normalization,
    "Rescaling": rescaling,
    **_by_rank("ZeroPadding", zero_padding),
    **_by_rank("Cropping", partial(zero_padding, sign=-1)),
    **_by_rank("UpSampling", upsampling),
    **dict.fromkeys(("Permute", "Transpose", "Swapaxes", "Moveaxis"), permute),
    "Flatten": lambda x, config, held: x.flatten(1),
    "Reshape": reshape,
    "RepeatVector": repeat,
    **{kind: partial(merging, kind=kind.lower()) for kind in (*_KINDS, "Concatenate")},
    **{
        way: partial(lambda x, config, held, run: run(x, held["w"]), run=run)
        for way, run in keras_learned.WAYS.items()
    },
    "Flip": partial(along, run=lambda x, axis: x.flip(axis)),
    "Cumsum": partial(along, run=torch.cumsum),
    "Cumprod": partial(along, run=torch.cumprod),
    "Sort": partial(along, run=lambda x, axis: x.sort(axis).values),
    "Sum": partial(reduced, run=torch.sum),
    "Mean": partial(reduced, run=torch.mean),
    "Prod": partial(reduced, run=torch.prod),
    "Max": partial(reduced, run=torch.amax),
    "Min": partial(reduced, run=torch.amin),
    "Var": partial(reduced, run=partial(torch.var, correction=0)),
    "Std": partial(reduced, run=partial(torch.std, correction=0)),
    "Median": partial(reduced, run=middle),
    "Logsumexp": partial(reduced, run=torch.logsumexp),
    "Roll": rolled,
    "Absolute": partial(by_element, run=torch.abs),
    "Negative": partial(by_element, run=torch.neg),
    "Square": partial(by_element, run=torch.square),
    "Sqrt": partial(by_element, run=torch.sqrt),
    "Exp": partial(by_element, run=torch.exp),
    "Log": partial(by_element, run=torch.log),
    "Log1p": partial(by_element, run=torch.log1p),
    "Expm1": partial(by_element, run=torch.expm1),
    "Rsqrt": partial(by_element, run=torch.rsqrt),
    "Reciprocal": partial(by_element, run=torch.reciprocal),
    "Sin": partial(by_element, run=torch.sin),
    "Cos": partial(by_element, run=torch.cos),
    "Sign": partial(by_element, run=torch.sign),
    "Floor": partial(by_element, run=torch.floor),
    "Trunc": partial(by_element, run=torch.trunc),
    "Ceil": partial(by_element, run=torch.ceil),
    "Round": partial(by_element, run=torch.round),
}
