"""The shape of every node's output in Keras's layout, without the batch axis."""

import math
from collections.abc import Callable

from parity.selftest.spec import Node, Shape, Spec

Pads = tuple[tuple[int, int], ...]


def infer(spec: Spec) -> dict[str, Shape]:
    """Inputs included. Raises ValueError where two shapes do not fit together."""
    found = {wanted.name: wanted.shape for wanted in spec.inputs}
    for node in spec.nodes:
        found[node.name] = shape_of(node, [found[name] for name in node.inputs])
    return found


def shape_of(node: Node, inputs: list[Shape]) -> Shape:
    return _SHAPES.get(node.kind, _same)(node, inputs)


def each(value: int | tuple[int, ...], rank: int) -> tuple[int, ...]:
    """A number for each axis."""
    return (value,) * rank if isinstance(value, int) else value


def windows(node: Node, shape: Shape) -> tuple[Shape, Shape, Shape]:
    """Kernel, strides and dilation along each axis of a convolution or pooling of `shape`."""
    rank = len(shape) - 1
    pooling = node.kind in ("max_pool", "avg_pool")
    kernel = each(node.settings["size" if pooling else "kernel"], rank)
    strides = each(node.get("strides") or (kernel if pooling else 1), rank)
    return kernel, strides, each(node.get("dilation", 1), rank)


def pads(node: Node, shape: Shape) -> Pads:
    """What stands (before, after) each axis so that the output has the size of Keras's.

    The setting `pads`, which the port alone knows, overrides Keras's padding.
    """
    kernel, strides, dilation = windows(node, shape)
    if "pads" in node.settings:
        given: Pads = node.settings["pads"]
        return given
    padding = node.get("padding", "valid")
    found = []
    for n, k, s, d in zip(shape, kernel, strides, dilation, strict=False):
        reach = (k - 1) * d + 1
        if padding == "causal":
            found.append((reach - 1, 0))
        elif padding == "same":
            total = max((math.ceil(n / s) - 1) * s + reach - n, 0)
            found.append((total // 2, total - total // 2))
        else:
            found.append((0, 0))
    return tuple(found)


def _windowed(node: Node, shape: Shape) -> Shape:
    sizes = zip(shape, *windows(node, shape), pads(node, shape), strict=False)
    found = tuple(
        (n + before + after - (k - 1) * d - 1) // s + 1 for n, k, s, d, (before, after) in sizes
    )
    if min(found) < 1:
        raise ValueError(f"{node.name}: nothing is left of {shape}")
    return found


def _conv(node: Node, inputs: list[Shape]) -> Shape:
    return (*_windowed(node, inputs[0]), node.settings["filters"])


def _depthwise(node: Node, inputs: list[Shape]) -> Shape:
    return (*_windowed(node, inputs[0]), inputs[0][-1] * node.get("multiplier", 1))


def _conv_transpose(node: Node, inputs: list[Shape]) -> Shape:
    kernel, strides, _ = windows(node, inputs[0])
    same = node.get("padding", "valid") == "same"
    sizes = zip(inputs[0], kernel, strides, strict=False)
    grown = tuple(n * s + (0 if same else max(k - s, 0)) for n, k, s in sizes)
    return (*grown, node.settings["filters"])


def _pool(node: Node, inputs: list[Shape]) -> Shape:
    return (*_windowed(node, inputs[0]), inputs[0][-1])


def _global_pool(node: Node, inputs: list[Shape]) -> Shape:
    shape = inputs[0]
    ones = (1,) * (len(shape) - 1) if node.get("keepdims") else ()
    return (*ones, shape[-1])


def _dense(node: Node, inputs: list[Shape]) -> Shape:
    return (*inputs[0][:-1], node.settings["units"])


def _flatten(node: Node, inputs: list[Shape]) -> Shape:
    return (math.prod(inputs[0]),)


def _reshape(node: Node, inputs: list[Shape]) -> Shape:
    shape: Shape = node.settings["shape"]
    if math.prod(shape) != math.prod(inputs[0]):
        raise ValueError(f"{node.name}: {inputs[0]} does not fill {shape}")
    return shape


def _permute(node: Node, inputs: list[Shape]) -> Shape:
    return tuple(inputs[0][axis - 1] for axis in node.settings["dims"])


def _upsample(node: Node, inputs: list[Shape]) -> Shape:
    shape = inputs[0]
    size = each(node.settings["size"], len(shape) - 1)
    return (*(n * f for n, f in zip(shape, size, strict=False)), shape[-1])


def _resize(node: Node, inputs: list[Shape]) -> Shape:
    return (*node.settings["size"], inputs[0][-1])


def _zero_pad(node: Node, inputs: list[Shape]) -> Shape:
    sizes = zip(inputs[0], node.settings["amounts"], strict=False)
    return (*(n + before + after for n, (before, after) in sizes), inputs[0][-1])


def _crop(node: Node, inputs: list[Shape]) -> Shape:
    sizes = zip(inputs[0], node.settings["amounts"], strict=False)
    return (*(n - before - after for n, (before, after) in sizes), inputs[0][-1])


def _concat(node: Node, inputs: list[Shape]) -> Shape:
    axis = node.get("axis", -1)
    place = axis if axis < 0 else axis - 1  # Keras counts the batch
    found = list(inputs[0])
    found[place] = sum(shape[place] for shape in inputs)
    for shape in inputs:
        other = [*shape]
        other[place] = found[place]
        if other != found:
            raise ValueError(f"{node.name}: {inputs} cannot be joined along axis {axis}")
    return tuple(found)


def _merge(node: Node, inputs: list[Shape]) -> Shape:
    if len({len(shape) for shape in inputs}) > 1:
        raise ValueError(f"{node.name}: {inputs} have not one rank")
    for sizes in zip(*inputs, strict=True):
        if len({n for n in sizes if n != 1}) > 1:
            raise ValueError(f"{node.name}: {inputs} do not fit together")
    return tuple(max(sizes) for sizes in zip(*inputs, strict=True))


def _recurrent(node: Node, inputs: list[Shape]) -> Shape:
    both = node.kind == "bidirectional" and node.get("merge", "concat") == "concat"
    units = node.settings["units"] * (2 if both else 1)
    return (inputs[0][0], units) if node.get("return_sequences") else (units,)


def _embedding(node: Node, inputs: list[Shape]) -> Shape:
    return (*inputs[0], node.settings["units"])


def _repeat(node: Node, inputs: list[Shape]) -> Shape:
    return (node.settings["n"], *inputs[0])


def _same(node: Node, inputs: list[Shape]) -> Shape:
    return inputs[0]


_SHAPES: dict[str, Callable[[Node, list[Shape]], Shape]] = {
    **dict.fromkeys(("conv1d", "conv2d", "separable"), _conv),
    **dict.fromkeys(("max_pool", "avg_pool"), _pool),
    **dict.fromkeys(("global_avg_pool", "global_max_pool"), _global_pool),
    **dict.fromkeys(("dense", "time_distributed"), _dense),
    **dict.fromkeys(("add", "multiply", "subtract", "average", "maximum", "minimum"), _merge),
    **dict.fromkeys(("lstm", "gru", "simple_rnn", "bidirectional"), _recurrent),
    "depthwise": _depthwise,
    "conv_transpose": _conv_transpose,
    "flatten": _flatten,
    "reshape": _reshape,
    "permute": _permute,
    "upsample": _upsample,
    "resize": _resize,
    "zero_pad": _zero_pad,
    "crop": _crop,
    "concat": _concat,
    "embedding": _embedding,
    "repeat_vector": _repeat,
}
