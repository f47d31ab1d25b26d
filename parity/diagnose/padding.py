"""Padding: how much, at which sides, and with what."""

from collections.abc import Iterator
from typing import Any

from parity.diagnose import layers, reading, writing
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.diagnose.reading import Sides
from parity.mapping.rules.operations import KERAS
from parity.mapping.rules.registry import RULES
from parity.records.comparison import Step
from parity.records.interventions import Change

CUTS = ("getitem", "narrow")


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    yield from convolution(case)
    yield from padding_layer(case)
    yield from with_settings(case)
    yield from by_ones_own(case)


def with_settings(case: Case) -> Iterator[Hypothesis]:
    """Another stride or dilation, in a port whose padding is made for it."""
    for setting in layers.settings(case):
        for padding in convolution(case, {one.name: one.value for one in setting.changes}):
            says = f"{setting.says}, and {padding.says}"
            changes = (*setting.changes, *padding.changes)
            yield Hypothesis(setting.cause, says, padding.fix, changes)


def convolution(case: Case, others: dict[str, Any] | None = None) -> Iterator[Hypothesis]:
    """Keras's padding, to the row and column, in place of all that the port pads.

    others: settings of the convolution that a fix changes, too.
    """
    found = reading.of(case, reading.CONVOLUTIONS)
    if not found or "kernel_size" not in reading.config(case):
        return
    conv, pads, chops = found[0], _before(case, found[0]), _chops(case, found[0])
    mode, meant = conv.settings.get("padding_mode", "zeros"), _keras_mode(case.keras[:-1])
    wanted, own = _keras_padding(case), _port_padding(case, conv, pads)
    present = reading.sums(own, _cut(conv, chops))
    if mode != meant:
        yield Hypothesis(
            "padding-mode",
            f"padding is {mode!r} in the port, {meant!r} in Keras",
            writing.with_settings(conv, padding_mode=meant, **others or {}),
            (Change(conv.name, "setting", "padding_mode", meant),),
        )
    is_by_word = "stride" in (others or {}) and conv.settings.get("padding") == "same"
    if present == wanted and not is_by_word:  # which torch refuses with a stride
        yield from _other_values(pads)
        return
    rank = len(reading.lengths(case)) + 2
    pad = reading.in_pad_order(wanted, rank)
    changes = [Change(conv.name, "setting", "padding", 0)]
    if pad:
        changes.append(Change(conv.name, "input", "pad", {"pad": pad}))
    yield Hypothesis(
        _cause(case, wanted, present),
        f"the port pads {reading.shown(present)}, Keras {reading.shown(wanted)} (before, after)",
        _fix_of_convolution(conv, wanted, pad, others or {}) + _but([*pads, *chops]),
        (*(reading.left_out(step) for step in (*pads, *chops)), *changes),
    )


# What ops.pad and tf.pad call a mode, and nn.Conv2d.
_MODES = {"constant": "zeros", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}


def _keras_mode(steps: tuple[Step, ...]) -> str:
    """What these layers of Keras's pad with, as torch's convolution calls it."""
    modes = (str(s.settings.get("mode")).lower() for s in steps if s.kind == "Pad")
    return next((_MODES[mode] for mode in modes if mode in _MODES), "zeros")


def _before(case: Case, conv: Step) -> list[Step]:
    """The padding steps that stand before a step."""
    return [step for step in case.torch[: case.torch.index(conv)] if step.kind in reading.PADS]


def _chops(case: Case, conv: Step) -> list[Step]:
    """What cuts the end off a convolution that is padded at both sides to be causal."""
    place = case.torch.index(conv) + 1
    behind = case.torch[place : place + 1]
    return [s for s in behind if s.kind in CUTS and s.shape[:2] == conv.shape[:2]]


def _cut(conv: Step, chops: list[Step]) -> Sides:
    """What they cut off, negative as it is the other way of a padding."""
    cut = reading.cropped(chops, conv.shape)
    return {axis: (-low, -high) for axis, (low, high) in cut.items()}


def _keras_padding(case: Case) -> Sides:
    """By axis of torch's convolution; a ZeroPadding layer before it included."""
    config, lengths = reading.config(case), reading.lengths(case)
    count = len(lengths)
    kernel = reading.each(config["kernel_size"], count)
    stride = reading.each(config.get("strides", 1), count)
    dilation = reading.each(config.get("dilation_rate", 1), count)
    found: Sides = {}
    for i, (n, k, s, d) in enumerate(zip(lengths, kernel, stride, dilation, strict=True)):
        if config.get("padding") == "same":
            found[i + 2] = reading.same_padding(n, k, s, d)
        elif config.get("padding") == "causal":
            found[i + 2] = ((k - 1) * d, 0)
    layers = (step for step in case.keras[:-1] if step.kind.startswith("ZeroPadding"))
    return reading.sums(
        found, *(reading.amounts(step.settings["padding"], count) for step in layers)
    )


def _port_padding(case: Case, conv: Step, pads: list[Step]) -> Sides:
    config, count = reading.config(case), len(reading.lengths(case))
    padding = conv.settings.get("padding", 0)
    if padding == "same":
        kernel = reading.each(config["kernel_size"], count)
        dilation = reading.each(conv.settings.get("dilation", 1), count)
        spans = [(k - 1) * d for k, d in zip(kernel, dilation, strict=True)]
        own = {i + 2: (span // 2, span - span // 2) for i, span in enumerate(spans)}
    else:
        amounts = reading.each(0 if padding == "valid" else padding, count)
        own = {i + 2: (amount, amount) for i, amount in enumerate(amounts)}
    return reading.sums(own, *(reading.by_axis(reading.pad_setting(p), count + 2) for p in pads))


def _cause(case: Case, wanted: Sides, present: Sides) -> str:
    config = reading.config(case)
    if config.get("padding") == "causal" and present:
        return "causal-padding"
    strides = reading.each(config.get("strides", 1), len(reading.lengths(case)))
    if config.get("padding") == "same" and max(strides) > 1 and present:
        return "conv-same-stride"
    if any(step.kind.startswith("ZeroPadding") for step in case.keras) and present:
        uneven = any(low != high for low, high in wanted.values())
        even = all(low == high for low, high in present.values())
        return "conv-same-stride" if max(strides) > 1 and uneven and even else "zeropadding-order"
    return "padding-amount"


def _fix_of_convolution(
    conv: Step, wanted: Sides, pad: tuple[int, ...], others: dict[str, Any]
) -> str:
    if all(low == high for low, high in wanted.values()):
        amounts = tuple(wanted.get(axis, (0, 0))[0] for axis in range(2, len(conv.shape)))
        padding = amounts if len({*amounts}) > 1 else amounts[0]
        return writing.with_settings(conv, padding=padding, **others)
    without = writing.with_settings(conv, padding=0, **others)
    if reading.is_module(conv):
        return f"nn.Sequential(nn.ConstantPad{len(conv.shape) - 2}d({pad}, 0.0), {without})"
    return without.replace("(x", f"(F.pad(x, {pad})", 1)


def _but(pads: list[Step]) -> str:
    """What stands behind a line that makes other steps idle."""
    return f"  # without {', '.join(step.name for step in pads)}" if pads else ""


def _other_values(pads: list[Step], meant: str = "constant") -> Iterator[Hypothesis]:
    """A padding of the right size that is of other values. meant: what F.pad calls Keras's."""
    for step in pads:
        mode, value = _mode(step), step.settings.get("value")
        if mode != meant or value:
            amounts = reading.pad_setting(step)
            how = "" if meant == "constant" else f", mode={meant!r}"
            settings = {"pad": amounts} | ({"mode": meant} if how else {})
            yield Hypothesis(
                "padding-mode",
                f"{step.name} pads by {mode!r}, Keras by {meant!r}",
                f"F.pad(x, {amounts}{how})",
                (Change(step.name, "call", "pad", settings),),
            )


def _mode(step: Step) -> str:
    """What F.pad calls the mode of a padding step."""
    own = {"Refl": "reflect", "Repl": "replicate", "Circ": "circular"}.get(step.kind[:4])
    return own or str(step.settings.get("mode", "constant"))


def by_ones_own(case: Case) -> Iterator[Hypothesis]:
    """A layer of a person's own may pad in front of a convolution: with what, is tried out."""
    if all(step.kind in KERAS or step.kind in RULES for step in case.keras):
        return
    pads = reading.of(case, reading.PADS)
    for mode, theirs in _MODES.items():
        meant = mode if theirs == "zeros" else theirs
        yield from _other_values(pads, meant)
        for conv in reading.of(case, reading.CONVOLUTIONS):
            present = conv.settings.get("padding_mode", "zeros")
            if present != theirs and conv.settings.get("padding") not in (0, (0, 0), "valid"):
                yield Hypothesis(
                    "padding-mode",
                    f"padding is {present!r} in the port, {theirs!r} in Keras",
                    writing.with_settings(conv, padding_mode=theirs),
                    (Change(conv.name, "setting", "padding_mode", theirs),),
                )
        for pool in reading.of(case, reading.AVERAGE_POOLS | reading.MAX_POOLS):
            if theirs != "zeros":
                yield from _pooled(pool, theirs)


def _pooled(pool: Step, mode: str) -> Iterator[Hypothesis]:
    """A pooling that pads by itself, as torch's do with what counts as nothing."""
    rank = int(pool.kind[-2])
    padding = reading.each(pool.settings.get("padding", 0), rank)
    if not any(padding):
        return
    amounts = tuple(side for one in reversed(padding) for side in (one, one))
    yield Hypothesis(
        "padding-mode",
        f"{pool.name} pads by itself in the port, Keras by {mode!r}",
        f"x = F.pad(x, {amounts}, mode={mode!r})  # for {pool.name}, with padding=0",
        (
            Change(pool.name, "setting", "padding", (0,) * rank),
            Change(pool.name, "input", "pad", {"pad": amounts, "mode": mode}),
        ),
    )


def padding_layer(case: Case) -> Iterator[Hypothesis]:
    """ZeroPadding: Keras names the sides ((top, bottom), (left, right)), torch the last first."""
    if reading.layer(case).kind == "Pad":
        mode = _keras_mode(case.keras)
        meant = "constant" if mode == "zeros" else mode
        yield from _other_values(reading.of(case, reading.PADS), meant)
    wanted = _wanted(case)
    if wanted is None:
        return
    rank = len(reading.layer_input(case))
    pad = reading.in_pad_order(wanted, rank)
    pads = reading.of(case, reading.PADS)
    present = reading.sums(*(reading.by_axis(reading.pad_setting(p), rank) for p in pads))
    if present == wanted:
        if reading.layer(case).kind != "Pad":
            yield from _other_values(pads)
    elif pads:
        yield Hypothesis(
            "zeropadding-order",
            f"the port pads {reading.shown(present)}, Keras "
            f"{reading.shown(wanted)} (before, after)",
            f"F.pad(x, {pad})",
            (
                *(reading.left_out(step) for step in pads[1:]),
                Change(pads[0].name, "call", "pad", {"pad": pad}),
            ),
        )


def _wanted(case: Case) -> Sides | None:
    """What a layer of Keras's, or its operation, pads by torch axis; None of another."""
    layer = reading.layer(case)
    if layer.kind.startswith("ZeroPadding"):
        return reading.sums(reading.amounts(layer.settings["padding"], len(reading.lengths(case))))
    widths = layer.settings.get("pad_width") if layer.kind == "Pad" else None
    if _keras_mode(case.keras) != "zeros" or not isinstance(widths, tuple | list):
        return None
    pairs = [(int(low), int(high)) for low, high in widths]
    return reading.sums({reading.torch_axis(case, axis): pair for axis, pair in enumerate(pairs)})
