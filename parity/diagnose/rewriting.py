"""A Keras layer that the port has not, as a line of PyTorch for the place where it is missing."""

import math
from collections.abc import Callable
from typing import Any

from parity.diagnose import pooling, reading, shapes, upsampling
from parity.diagnose.activation_of import LAYERS, OPERATIONS, of_layer
from parity.diagnose.hypothesis import Case
from parity.records import axis_order


def line(case: Case, value: str) -> str:
    """What the case's Keras layer does to `value`, in torch's layout.

    A layer with weights is the module that holds them. Of a layer that nothing is known of, the
    line calls it by its name.
    """
    layer = reading.layer(case)
    kind = layer.kind.rstrip("D").rstrip("123") if layer.kind not in _LAYERS else layer.kind
    written = _LAYERS.get(kind)
    activation = of_layer(case, layer) if written is None else None
    if written is not None:
        return f"{value} = {written(case, value)}"
    if activation is not None and activation.name and layer.kind in (*LAYERS, *OPERATIONS):
        return f"{value} = {activation.written(value)}"
    merged = _merged(case, value) or _numbered(case, value)
    return merged or f"{value} = {_name(layer.name)}({value})  # as Keras's {layer.kind} does"


def _merged(case: Case, value: str) -> str:
    """A merging layer with what it takes from outside of the case, x for the model's own input; ""
    for another."""
    layer, inside = reading.layer(case), {step.name for step in case.keras}
    sources = [name.partition(":")[0] for name in layer.inputs]
    joined = _MERGES.get(layer.kind, "")
    if not joined or len(sources) < 2:
        return ""
    taken = [value if name in inside else _name(name) or "x" for name in sources]
    written = taken[0]
    for other in taken[1:]:
        written = joined.format(written, other)
    if layer.kind == "Average":
        written = f"({written}) / {len(taken)}"
    if layer.kind == "Concatenate":
        axis = reading.torch_axis(case, reading.config(case).get("axis", -1))
        written = f"torch.cat([{written}], {axis})"
    return f"{value} = {written}  # what Keras's layers of these names give"


def _numbered(case: Case, value: str) -> str:
    """Arithmetic with one number; "" for another layer."""
    numbers, kind = reading.config(case).get("scalars") or [], reading.layer(case).kind
    if len(numbers) != 1 or kind not in _WITH_NUMBERS:
        return ""
    sides = [value, str(numbers[0])]
    one, other = reversed(sides) if reading.config(case).get("number_leads") else sides
    return f"{value} = {one} {_WITH_NUMBERS[kind]} {other}"


def _name(name: str) -> str:
    return "".join(char if char.isalnum() else "_" for char in name)


def _channels(case: Case) -> int:
    shape = reading.layer_input(case)
    return shape[1] if reading.channels_first(reading.config(case)) else shape[-1]


def _dense(case: Case, value: str) -> str:
    bias = "" if reading.config(case).get("use_bias", True) else ", bias=False"
    return f"nn.Linear({_channels(case)}, {reading.layer(case).shape[-1]}{bias})({value})"


def _convolution(case: Case, value: str) -> str:
    config, count = reading.config(case), len(reading.spatial(case))
    into = _channels(case)
    depthwise = reading.layer(case).kind.startswith("Depthwise")
    filters = into * config.get("depth_multiplier", 1) if depthwise else config["filters"]
    given: dict[str, Any] = {
        "stride": reading.each(config.get("strides", 1), count),
        "dilation": reading.each(config.get("dilation_rate", 1), count),
        "groups": into if depthwise else config.get("groups", 1),
        "bias": config.get("use_bias", True),
    }
    plain = {"stride": (1,) * count, "dilation": (1,) * count, "groups": 1, "bias": True}
    shown = "".join(f", {name}={own}" for name, own in given.items() if own != plain[name])
    kernel = reading.each(config["kernel_size"], count)
    sides: reading.Sides = {}
    for i, length in enumerate(reading.lengths(case)):
        if config.get("padding") == "same":
            stride, dilation = given["stride"][i], given["dilation"][i]
            sides[i + 2] = reading.same_padding(length, kernel[i], stride, dilation)
        elif config.get("padding") == "causal":
            sides[i + 2] = ((kernel[i] - 1) * given["dilation"][i], 0)
    pad = reading.in_pad_order(reading.sums(sides), count + 2)
    taken = f"F.pad({value}, {pad})" if any(pad) else value
    return f"nn.Conv{count}d({into}, {filters}, {kernel}{shown})({taken})"


def _norm(case: Case, value: str) -> str:
    epsilon = reading.config(case).get("epsilon", 1e-3)
    rank = max(len(reading.layer_input(case)) - 2, 1)
    return f"nn.BatchNorm{rank}d({_channels(case)}, eps={epsilon})({value})"


def _layer_norm(case: Case, value: str) -> str:
    epsilon, axis = reading.config(case).get("epsilon", 1e-3), reading.config(case).get("axis", -1)
    axes = [reading.torch_axis(case, each) for each in reading.each(axis, 1)]
    sizes = tuple(reading.torch_input(case)[each] for each in axes)
    called = f"nn.LayerNorm({sizes}, eps={epsilon})"
    rank = len(reading.layer_input(case))
    if axes == list(range(rank - len(axes), rank)):
        return f"{called}({value})"
    here, there = tuple(axes), tuple(range(-len(axes), 0))
    return f"{called}({value}.movedim({here}, {there})).movedim({there}, {here})"


def _unit_norm(case: Case, value: str) -> str:
    axes = reading.each(reading.config(case).get("axis", -1), 1)
    places = [reading.torch_axis(case, axis) for axis in axes]
    return f"F.normalize({value}, dim={places[0] if len(places) == 1 else tuple(places)})"


def _pool(case: Case, value: str) -> str:
    return pooling.of_keras(case).call().replace("x,", f"{value},").replace("(x)", f"({value})")


def _global(case: Case, value: str) -> str:
    dims = tuple(sorted(reading.torch_axis(case, axis) for axis in reading.spatial(case)))
    keeps = ", keepdim=True" if reading.config(case).get("keepdims") else ""
    name = "amax" if "Max" in reading.layer(case).kind else "mean"
    return f"{value}.{name}({dims}{keeps})"


def _pad(sign: int, setting: str) -> Callable[[Case, str], str]:
    def written(case: Case, value: str) -> str:
        count = len(reading.lengths(case))
        sides = reading.amounts(reading.config(case)[setting], count)
        pad = tuple(sign * amount for amount in reading.in_pad_order(sides, count + 2))
        return f"F.pad({value}, {pad})"

    return written


def _resized(case: Case, value: str) -> str:
    return upsampling.as_keras(case).replace("(x,", f"({value},", 1)


def _flat(case: Case, value: str) -> str:
    axes = reading.axes(case)
    is_same = axes == tuple(range(len(axes))) or math.prod(reading.lengths(case)) == 1
    return f"{value}.flatten(1)" if is_same else f"{value}.permute{axes}.flatten(1)"


def _permuted(case: Case, value: str) -> str:
    order = axis_order.of(reading.config(case), len(reading.layer(case).shape))
    after = reading.to_torch(len(order)) if _is_turned(case) else tuple(range(len(order)))
    return f"{value}.permute{tuple(reading.torch_axis(case, order[axis]) for axis in after)}"


def _reshaped(case: Case, value: str) -> str:
    shape = reading.layer(case).shape
    after = reading.to_torch(len(shape)) if _is_turned(case) else tuple(range(len(shape)))
    return shapes.reshape_fix(reading.axes(case), shape[1:], after).replace("x", value)


def _is_turned(case: Case) -> bool:
    axes = reading.axes(case)
    return axes != tuple(range(len(axes)))


def _scaled(case: Case, value: str) -> str:
    config = reading.config(case)
    return f"{value} * {config.get('scale', 1.0)} + {config.get('offset', 0.0)}"


def _dropped(case: Case, value: str) -> str:
    return f"F.dropout({value}, {reading.config(case).get('rate', 0.5)}, self.training)"


def _flipped(case: Case, value: str) -> str:
    axes = reading.each(reading.config(case)["axis"], 1)
    return f"{value}.flip({', '.join(str(reading.torch_axis(case, axis)) for axis in axes)})"


def _along(name: str) -> Callable[[Case, str], str]:
    def written(case: Case, value: str) -> str:
        return f"{value}.{name}({reading.torch_axis(case, reading.config(case)['axis'])})"

    return written


def _rolled(case: Case, value: str) -> str:
    config = reading.config(case)
    by, axes = (reading.each(config[name], 1) for name in ("shift", "axis"))
    return f"{value}.roll({by}, {tuple(reading.torch_axis(case, axis) for axis in axes)})"


def _reduced(name: str, before: str = "", more: str = "") -> Callable[[Case, str], str]:
    """One number of many; before, more: arguments in front of the axes, and behind them."""

    def written(case: Case, value: str) -> str:
        config = reading.config(case)
        if config.get("axis") is None:
            return f"{value}.{name}({before.rstrip(', ')})"
        axes = [reading.torch_axis(case, axis) for axis in reading.each(config["axis"], 1)]
        keeps = ", keepdim=True" if config.get("keepdims") else ""
        dims = axes[0] if len(axes) == 1 else tuple(axes)
        return f"{value}.{name}({before}{dims}{keeps}{more})"

    return written


def _of(name: str) -> Callable[[Case, str], str]:
    return lambda case, value: f"{value}.{name}()"


_MERGES = {
    **dict.fromkeys(("Add", "Average"), "{} + {}"),
    "Concatenate": "{}, {}",
    "Subtract": "{} - {}",
    "TrueDivide": "{} / {}",
    "Multiply": "{} * {}",
    "Maximum": "torch.maximum({}, {})",
    "Minimum": "torch.minimum({}, {})",
}
_WITH_NUMBERS = {"Multiply": "*", "Add": "+", "Subtract": "-", "Power": "**"}
_WITH_NUMBERS |= {"Mod": "%", "FloorDivide": "//"}
_WITH_NUMBERS |= dict.fromkeys(("Divide", "TrueDivide"), "/")
# By the class, without its rank.
_LAYERS: dict[str, Callable[[Case, str], str]] = {
    "GlobalAveragePooling": _global,
    "GlobalMaxPooling": _global,
    "AveragePooling": _pool,
    "MaxPooling": _pool,
    "ZeroPadding": _pad(1, "padding"),
    "Cropping": _pad(-1, "cropping"),
    "UpSampling": _resized,
    "Resizing": _resized,
    "Flatten": _flat,
    **dict.fromkeys(("Permute", "Transpose", "Swapaxes", "Moveaxis"), _permuted),
    "Reshape": _reshaped,
    "Rescaling": _scaled,
    "Dropout": _dropped,
    "Dense": _dense,
    "DepthwiseConv": _convolution,
    "Conv": _convolution,
    "BatchNormalization": _norm,
    "LayerNormalization": _layer_norm,
    **dict.fromkeys(("UnitNormalization", "Normalize"), _unit_norm),
    "Flip": _flipped,
    "Roll": _rolled,
    "Cumsum": _along("cumsum"),
    "Cumprod": _along("cumprod"),
    **{name.title(): _reduced(name) for name in ("sum", "mean", "prod", "logsumexp")},
    "Max": _reduced("amax"),
    "Min": _reduced("amin"),
    "Median": _reduced("quantile", "0.5, "),
    **{name.title(): _reduced(name, more=", correction=0") for name in ("var", "std")},
    "Absolute": _of("abs"),
    "Negative": _of("neg"),
    **{
        name.title(): _of(name)
        for name in (
            *("square", "sqrt", "rsqrt", "reciprocal", "log", "log1p", "expm1"),
            *("sin", "cos", "sign", "floor", "ceil", "round", "trunc"),
        )
    },
}
