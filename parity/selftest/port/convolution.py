"""Convolutions and upsampling."""

from parity.selftest.port import moves
from parity.selftest.port.activation import activate
from parity.selftest.port.writer import Value, Writer, pad, short
from parity.selftest.shapes import each, pads, windows


def convolution(w: Writer, value: Value) -> Value:
    value = w.channels_first(value)
    filters = w.node.settings["filters"]
    groups = w.node.get("groups", 1)
    value, name = _convolve(w, value, filters, groups)
    w.place(f"{name}.weight", "kernel", move=moves.convolution)
    return _with_bias(w, value, name)


def depthwise(w: Writer, value: Value) -> Value:
    value = w.channels_first(value)
    channels = value.shape[-1]
    value, name = _convolve(w, value, channels * w.node.get("multiplier", 1), channels)
    w.place(f"{name}.weight", "kernel", move=moves.depthwise)
    return _with_bias(w, value, name)


def separable(w: Writer, value: Value) -> Value:
    """One bias, behind the second convolution."""
    value = w.channels_first(value)
    rank, channels = len(value.shape) - 1, value.shape[-1]
    wide = channels * w.node.get("multiplier", 1)
    value, name = _convolve(w, value, wide, channels, part="depthwise", bias=False)
    w.place(f"{name}.weight", "depthwise_kernel", move=moves.depthwise)
    bias = "" if w.node.get("bias", True) else ", bias=False"
    name = w.module(f"nn.Conv{rank}d({wide}, {w.node.settings['filters']}, 1{bias})", "pointwise")
    w.place(f"{name}.weight", "pointwise_kernel", move=moves.convolution)
    return _with_bias(w, Value(w.let(f"self.{name}({value.code})"), w.shape, first=True), name)


def _convolve(
    w: Writer, value: Value, filters: int, groups: int, part: str = "", bias: bool = True
) -> tuple[Value, str]:
    rank = len(value.shape) - 1
    kernel, strides, dilation = windows(w.node, value.shape)
    value, padding = _padded(w, value)
    given = [str(value.shape[-1]), str(filters), short(kernel)]
    if set(strides) != {1}:
        given.append(f"stride={short(strides)}")
    if padding:
        given.append(f"padding={padding}")
        if "padding_mode" in w.node.settings:
            given.append(f'padding_mode="{w.node.settings["padding_mode"]}"')
    if set(dilation) != {1}:
        given.append(f"dilation={short(dilation)}")
    if groups != 1:
        given.append(f"groups={groups}")
    if not (bias and w.node.get("bias", True)):
        given.append("bias=False")
    name = w.module(f"nn.Conv{rank}d({', '.join(given)})", part)
    return Value(w.let(f"self.{name}({value.code})"), w.shape, first=True), name


def _padded(w: Writer, value: Value) -> tuple[Value, str]:
    """Pad the input where the module cannot; the module's `padding`, or ""."""
    _, strides, _ = windows(w.node, value.shape)
    wanted = pads(w.node, value.shape)
    if not any(map(any, wanted)):
        return value, ""
    ways = []
    if w.node.get("padding") == "same" and set(strides) == {1} and "pads" not in w.node.settings:
        ways.append('"same"')
    if all(before == after for before, after in wanted):
        ways.append(short(tuple(before for before, _ in wanted)))
    way = w.pick(*ways, "") if ways else ""
    if way:
        return value, way
    mode = w.node.get("padding_mode", "")
    return Value(w.let(pad(value.code, wanted, mode=mode)), value.shape, first=True), ""


def _with_bias(w: Writer, value: Value, name: str) -> Value:
    if w.node.get("bias", True):
        w.place(f"{name}.bias", "bias", move=moves.copy)
    return activate(w, value, w.node.get("activation"))


def conv_transpose(w: Writer, value: Value) -> Value:
    """Keras's 'same' crops (kernel - stride) // 2 before, and the rest after."""
    value = w.channels_first(value)
    kernel, strides, _ = windows(w.node, value.shape)
    over = [max(k - s, 0) for k, s in zip(kernel, strides, strict=True)]
    if w.node.get("padding", "valid") == "valid":
        over = [0] * len(over)
    given = [str(value.shape[-1]), str(w.node.settings["filters"]), short(kernel)]
    if set(strides) != {1}:
        given.append(f"stride={short(strides)}")
    cuts: list[tuple[int, int]] = []  # start and length
    if w.node.get("crop") == "naive":
        given.append(f"padding={short(tuple((n + 1) // 2 for n in over))}")
        given.append(f"output_padding={short(tuple(n % 2 for n in over))}")
    elif all(n % 2 == 0 for n in over):
        given += [f"padding={short(tuple(n // 2 for n in over))}"] * any(over)
    elif w.pick(True, False):
        given += [f"padding={short(tuple(n // 2 for n in over))}"] * any(n > 1 for n in over)
        cuts = [(0, n) for n in w.shape[:-1]]
    else:
        cuts = [(n // 2, size) for n, size in zip(over, w.shape, strict=False)]
    if not w.node.get("bias", True):
        given.append("bias=False")
    name = w.module(f"nn.ConvTranspose{len(kernel)}d({', '.join(given)})")
    w.place(f"{name}.weight", "kernel", move=moves.convolution)
    code = w.let(f"self.{name}({value.code})")
    if cuts:
        slices = ", ".join(f"{start or ''}:{start + size}" for start, size in cuts)
        code = w.let(f"{code}[:, :, {slices}]")
    return _with_bias(w, Value(code, w.shape, first=True), name)


def upsample(w: Writer, value: Value) -> Value:
    value = w.channels_first(value)
    size = each(w.node.settings["size"], len(value.shape) - 1)
    mode = w.node.get("interpolation", "nearest")
    given = f"scale_factor={short(size)}"
    if mode != "nearest":
        given += f', mode="{mode}", align_corners={bool(w.node.get("align_corners"))}'
    if w.pick(True, False):
        return Value(
            w.let(f"self.{w.module(f'nn.Upsample({given})')}({value.code})"), w.shape, True
        )
    return Value(w.let(f"F.interpolate({value.code}, {given})"), w.shape, first=True)


def resize(w: Writer, value: Value) -> Value:
    """torch's "nearest" takes the pixel on the left; Keras's takes the nearest centre."""
    value = w.channels_first(value)
    mode = w.node.get("interpolation", "bilinear")
    if mode == "nearest" and not w.node.get("floor"):
        mode = "nearest-exact"
    size = w.node.settings["size"]
    return Value(w.let(f'F.interpolate({value.code}, {size}, mode="{mode}")'), w.shape, first=True)
