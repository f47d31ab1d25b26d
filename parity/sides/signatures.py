"""The argument names of torch's functions, which a recorded call has lost.

A TorchFunctionMode sees `conv2d(x, w, None, 2)`. Here the 2 becomes `stride`, and w the tensor of
the role `weight`. Functions are known by the name that a tape gives them: __name__ without
underscores around it.
"""

from typing import Any

import torch
from torch import Tensor

_CONV = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
_CONV_TRANSPOSE = (*_CONV[:5], "output_padding", "groups", "dilation")
_MAX_POOL = ("input", "kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices")
_AVG_POOL = ("input", "kernel_size", "stride", "padding", "ceil_mode", "count_include_pad")
_DROPOUT = ("input", "p", "training", "inplace")
_REDUCTION = ("input", "dim", "keepdim")
_BINARY = ("input", "other")
_FOURIER = ("fft", "ifft", "rfft", "irfft")

# A starred name takes all positional arguments from there on: x.view(2, -1) or x.view((2, -1)).
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "linear": ("input", "weight", "bias"),
    "bilinear": ("input1", "input2", "weight", "bias"),
    "addmm": ("input", "mat1", "mat2"),
    "embedding": ("input", "weight", "padding_idx", "max_norm", "norm_type"),
    **{f"conv{n}d": _CONV for n in (1, 2, 3)},
    **{f"conv_transpose{n}d": _CONV_TRANSPOSE for n in (1, 2, 3)},
    # Pooling
    **{f"max_pool{n}d": _MAX_POOL for n in (1, 2, 3)},
    **{f"max_pool{n}d_with_indices": _MAX_POOL for n in (1, 2, 3)},
    "avg_pool1d": _AVG_POOL,
    "avg_pool2d": (*_AVG_POOL, "divisor_override"),
    "avg_pool3d": (*_AVG_POOL, "divisor_override"),
    **{
        f"adaptive_{kind}_pool{n}d": ("input", "output_size")
        for kind in ("avg", "max")
        for n in (1, 2, 3)
    },
    "lp_pool1d": ("input", "norm_type", "kernel_size", "stride", "ceil_mode"),
    "lp_pool2d": ("input", "norm_type", "kernel_size", "stride", "ceil_mode"),
    # Normalisation
    "batch_norm": (
        *("input", "running_mean", "running_var", "weight", "bias"),
        *("training", "momentum", "eps"),
    ),
    "layer_norm": ("input", "normalized_shape", "weight", "bias", "eps"),
    "rms_norm": ("input", "normalized_shape", "weight", "eps"),
    "group_norm": ("input", "num_groups", "weight", "bias", "eps"),
    "instance_norm": (
        *("input", "running_mean", "running_var", "weight", "bias"),
        *("use_input_stats", "momentum", "eps"),
    ),
    "normalize": ("input", "p", "dim", "eps"),
    # Activations
    **dict.fromkeys(("softmax", "log_softmax", "softmin"), ("input", "dim", "dtype")),
    **dict.fromkeys(("relu", "relu6", "selu", "silu", "mish"), ("input", "inplace")),
    **dict.fromkeys(("hardsigmoid", "hardswish"), ("input", "inplace")),
    "gelu": ("input", "approximate"),
    "leaky_relu": ("input", "negative_slope", "inplace"),
    "elu": ("input", "alpha", "inplace"),
    "celu": ("input", "alpha", "inplace"),
    "hardtanh": ("input", "min_val", "max_val", "inplace"),
    "hardshrink": ("input", "lambd"),
    "softshrink": ("input", "lambd"),
    "softplus": ("input", "beta", "threshold"),
    "threshold": ("input", "threshold", "value", "inplace"),
    "rrelu": ("input", "lower", "upper", "training", "inplace"),
    "prelu": ("input", "weight"),
    "glu": ("input", "dim"),
    "clamp": ("input", "min", "max"),
    "clamp_min": ("input", "min"),
    "clamp_max": ("input", "max"),
    # Randomness
    **dict.fromkeys(("dropout", "dropout1d", "dropout2d", "dropout3d"), _DROPOUT),
    **dict.fromkeys(("alpha_dropout", "feature_dropout", "feature_alpha_dropout"), _DROPOUT),
    # Attention
    "scaled_dot_product_attention": (
        *("query", "key", "value"),
        *("attn_mask", "dropout_p", "is_causal", "scale"),
    ),
    "MultiheadAttention": (
        *("query", "key", "value"),
        *("key_padding_mask", "need_weights", "attn_mask", "average_attn_weights", "is_causal"),
    ),
    "baddbmm": ("input", "batch1", "batch2"),
    "masked_fill": ("input", "mask", "value"),
    "where": ("condition", "input", "other"),
    # Shapes
    "pad": ("input", "pad", "mode", "value"),
    "interpolate": (
        *("input", "size", "scale_factor", "mode"),
        *("align_corners", "recompute_scale_factor", "antialias"),
    ),
    "pixel_shuffle": ("input", "upscale_factor"),
    "repeat_interleave": ("input", "repeats", "dim"),
    "flatten": ("input", "start_dim", "end_dim"),
    "unflatten": ("input", "dim", "sizes"),
    "reshape": ("input", "*shape"),
    "view": ("input", "*shape"),
    "expand": ("input", "*sizes"),
    "repeat": ("input", "*sizes"),
    "tile": ("input", "*dims"),
    "pairwise_distance": ("x1", "x2", "p", "eps", "keepdim"),
    "permute": ("input", "*dims"),
    "flip": ("input", "*dims"),
    "transpose": ("input", "dim0", "dim1"),
    "swapaxes": ("input", "dim0", "dim1"),
    "movedim": ("input", "source", "destination"),
    "roll": ("input", "shifts", "dims"),
    "unsqueeze": ("input", "dim"),
    "squeeze": ("input", "dim"),
    "getitem": ("input", "index"),
    "index_select": ("input", "dim", "index"),
    "select": ("input", "dim", "index"),
    "narrow": ("input", "dim", "start", "length"),
    "chunk": ("input", "chunks", "dim"),
    "split": ("input", "split_size", "dim"),
    **dict.fromkeys(("cumsum", "cumprod"), ("input", "dim")),
    **dict.fromkeys(("sort", "argsort"), ("input", "dim", "descending")),
    "topk": ("input", "k", "dim", "largest", "sorted"),
    "to": ("input", "dtype"),
    "type": ("input", "dtype"),
    # Several inputs
    **dict.fromkeys(("cat", "concat", "concatenate", "stack"), ("tensors", "dim")),
    **dict.fromkeys(("add", "sub", "rsub", "mul", "div", "rdiv", "truediv", "pow"), _BINARY),
    **dict.fromkeys(("gt", "ge", "lt", "le", "rmul"), _BINARY),
    **dict.fromkeys(("matmul", "maximum", "minimum", "subtract", "multiply", "divide"), _BINARY),
    **dict.fromkeys(("iadd", "isub", "imul", "idiv", "rpow", "mm"), _BINARY),
    "bmm": ("input", "mat2"),
    "einsum": ("equation", "*operands"),
    # Reductions
    **dict.fromkeys(("mean", "sum", "amax", "amin", "max", "min", "logsumexp"), _REDUCTION),
    **dict.fromkeys(("argmax", "argmin", "prod"), _REDUCTION),
    **dict.fromkeys(("std", "var"), ("input", "dim", "unbiased", "keepdim")),
    "norm": ("input", "p", "dim", "keepdim"),
    # Spectra
    **{f"fft_{kind}": ("input", "n", "dim", "norm") for kind in _FOURIER},
    **{f"fft_{kind}{n}": ("input", "s", "dim", "norm") for kind in _FOURIER for n in "2n"},
    "stft": (
        *("input", "n_fft", "hop_length", "win_length", "window"),
        *("center", "pad_mode", "normalized", "onesided", "return_complex"),
    ),
}
MASKS = ("attn_mask", "key_padding_mask")
# torch.batch_norm, unlike F.batch_norm, takes all nine by position, and in another order.
_TORCH_BATCH_NORM = (
    *("input", "weight", "bias", "running_mean", "running_var"),
    *("training", "momentum", "eps", "cudnn_enabled"),
)


def named(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a function call by name, tensors included.

    Positional ones whose names are not known are left out.
    """
    found: dict[str, Any] = {}
    for argument, place in _places(name, len(args)).items():
        several = args[place]
        if isinstance(place, slice) and len(several) == 1 and isinstance(several[0], tuple | list):
            several = several[0]  # x.view((2, -1))
        found[argument] = several
    return found | kwargs


def bound(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The settings of a function call: its arguments that are no tensors, by name."""
    return {
        argument: value
        for argument, value in named(name, args, kwargs).items()
        if not argument.startswith("_") and _is_plain(value)
    }


def masks(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, list[str]]:
    """The masks that an attention is given, as a setting; nothing of anything else."""
    given = {n: value for n, value in named(name, args, kwargs).items() if n in MASKS}
    found = [n for n, value in given.items() if value is not None]
    return {"masks": found} if found else {}


def roles(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Tensor]:
    """The tensors of a function call by the names of their arguments: input, weight, bias.

    Those in a list have its name and their place: tensors.0, tensors.1.
    """
    found: dict[str, Tensor] = {}
    for argument, value in named(name, args, kwargs).items():
        if isinstance(value, Tensor):
            found[argument] = value
        elif isinstance(value, tuple | list):
            several = enumerate(value)
            found |= {f"{argument}.{i}": leaf for i, leaf in several if isinstance(leaf, Tensor)}
    return found


def replaced(
    name: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    argument: str,
    value: Any,
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a call with another value for one of them, given by position or by name.

    `argument` may be a place in a list, as `roles` gives it. Nothing is changed in place.
    """
    argument, _, item = argument.partition(".")
    if item:
        several = list(named(name, args, kwargs)[argument])
        several[int(item)] = value
        value = several
    place = _places(name, len(args)).get(argument)
    if place is None:
        return args, kwargs | {argument: value}
    if isinstance(place, slice):
        return (*args[: place.start], *value), kwargs
    return (*args[:place], value, *args[place + 1 :]), kwargs


def _places(name: str, count: int) -> dict[str, int | slice]:
    """Where each argument stands among `count` positional ones."""
    names = _TORCH_BATCH_NORM if (name, count) == ("batch_norm", 9) else ARGUMENTS.get(name, ())
    found: dict[str, int | slice] = {}
    for place, argument in enumerate(names[:count]):
        starred = argument.startswith("*")
        found[argument.removeprefix("*")] = slice(place, None) if starred else place
    return found


def _is_plain(value: Any) -> bool:
    """A number, a name, a slice, or a nest of them: what can be written down and sent."""
    if isinstance(value, tuple | list):
        return all(_is_plain(leaf) for leaf in value)
    plain = (bool, int, float, str, slice, torch.dtype, type(None), type(Ellipsis))
    return isinstance(value, plain)
