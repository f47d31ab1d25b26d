"""What is cut away: by a cropping layer, and from a transposed convolution."""

from collections.abc import Iterator

from parity.diagnose import reading, writing
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.diagnose.reading import Sides
from parity.records.comparison import Step
from parity.records.interventions import Change

CROPS = reading.PADS | {"getitem"}


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    yield from transposed_convolution(case)
    yield from cropping_layer(case)


def transposed_convolution(case: Case) -> Iterator[Hypothesis]:
    """The whole output of the transposed convolution, and Keras's own crop of it."""
    found = reading.of(case, reading.TRANSPOSED)
    config = reading.config(case)
    if not found or "kernel_size" not in config:
        return
    conv, count = found[0], len(reading.lengths(case))
    kernel = reading.each(config["kernel_size"], count)
    stride = reading.each(config.get("strides", 1), count)
    dilation = reading.each(config.get("dilation_rate", 1), count)
    net: Sides = {}  # a negative amount is added, not cut
    for i, axis in enumerate(reading.spatial(case)):
        length, out = reading.layer_input(case)[axis], reading.layer(case).shape[axis]
        whole = (length - 1) * stride[i] + (kernel[i] - 1) * dilation[i] + 1
        low = max(whole - out, 0) // 2 if config.get("padding") == "same" else 0
        net[i + 2] = (low, whole - low - out)
    behind = [s for s in case.torch[case.torch.index(conv) + 1 :] if s.kind in CROPS]
    present = reading.sums(_own_crop(conv, count), reading.cropped(behind, conv.shape))
    if present == reading.sums(net):
        return
    crop = reading.in_pad_order(
        {i: (low, max(high, 0)) for i, (low, high) in net.items()}, count + 2
    )
    extra = tuple(max(-high, 0) for _, high in net.values())
    yield Hypothesis(
        "convtranspose-same",
        f"the port crops {reading.shown(present)}, Keras {reading.shown(net)} (before, after)",
        _fix(conv, extra, tuple(-amount for amount in crop)),
        (
            Change(conv.name, "setting", "padding", (0,) * count),
            Change(conv.name, "setting", "output_padding", extra),
            Change(conv.name, "output", "crop", {"crop": crop}),
            *(reading.left_out(step) for step in behind),
        ),
    )


def _fix(conv: Step, extra: tuple[int, ...], pad: tuple[int, ...]) -> str:
    more = extra if len({*extra}) > 1 else extra[0]
    whole = writing.with_settings(conv, padding=0, output_padding=more)
    if not any(pad):
        return whole
    if not reading.is_module(conv):
        return f"F.pad({whole}, {pad})"
    return f"nn.Sequential({whole}, nn.ConstantPad{len(extra)}d({pad}, 0.0))"


def _own_crop(conv: Step, count: int) -> Sides:
    padding = reading.each(conv.settings.get("padding", 0), count)
    more = reading.each(conv.settings.get("output_padding", 0), count)
    return {i + 2: (p, p - o) for i, (p, o) in enumerate(zip(padding, more, strict=True))}


def cropping_layer(case: Case) -> Iterator[Hypothesis]:
    """Cropping, which a port writes as slices or as a negative padding."""
    if not reading.layer(case).kind.startswith("Cropping") or not case.torch:
        return
    count = len(reading.lengths(case))
    crop = reading.in_pad_order(reading.amounts(reading.config(case)["cropping"], count), count + 2)
    first, *others = case.torch
    present = reading.cropped(case.torch, reading.torch_input(case))
    if present == reading.sums(reading.by_axis(crop, count + 2)):
        return
    yield Hypothesis(
        "cropping-order",
        f"Keras crops {reading.shown(reading.by_axis(crop, count + 2))} (before, after), "
        f"the port {reading.shown(present)}",
        f"F.pad(x, {tuple(-c for c in crop)})",
        (
            Change(first.name, "call", "crop", {"crop": crop}),
            *(reading.left_out(step) for step in others),
        ),
    )
