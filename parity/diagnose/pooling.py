"""Pooling: where windows stand, what they see beyond the edge, and what they take."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from parity.diagnose import reading, taken, upsampling, writing
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.records.comparison import Step
from parity.records.interventions import Change

WINDOWS = reading.MAX_POOLS | reading.AVERAGE_POOLS
GLOBAL = reading.GLOBAL_MAX | reading.GLOBAL_AVERAGE


@dataclass(frozen=True)
class Pool:
    """`edges`: how far the first window begins before the input and the last ends behind it."""

    kind: str
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    edges: tuple[tuple[int, int], ...]

    @property
    def pad(self) -> tuple[int, ...]:
        """In F.pad's order; a row that no window reaches is no padding."""
        return tuple(max(amount, 0) for pair in reversed(self.edges) for amount in pair)

    @property
    def rounds_up(self) -> bool:
        """Is this what ceil_mode does? It adds behind, and never a whole stride."""
        ends = zip(self.edges, self.stride, strict=True)
        return any(self.pad) and all(low == 0 <= high < s for (low, high), s in ends)

    def call(self) -> str:
        name = {"max": "max", "average": "avg"}[self.kind]
        sizes = f"{_figure(self.kernel)}, {_figure(self.stride)}"
        call = f"F.{name}_pool{len(self.kernel)}d(x, {sizes})"
        if not any(self.pad):
            return call
        if self.rounds_up:
            return f"{call[:-1]}, ceil_mode=True)"
        if self.kind == "max":
            return call.replace("(x,", f"(F.pad(x, {self.pad}, value=-torch.inf),")
        pool = call.replace("(x,", "(F.pad({}, " + f"{self.pad}),")
        return f"{pool.format('x')} / {pool.format('torch.ones_like(x)')}"


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    kind = reading.layer(case).kind
    found = reading.of(case, WINDOWS)
    if kind.startswith("Global"):
        yield from global_pooling(case)
    elif "Pooling" in kind and found:
        yield from zeros_ahead(case, found[0])
        yield from windows(case, found[0])
    elif "Pooling" in kind:
        yield from subsampled(case)
    elif found:
        yield from not_subsampled(case, found[0])


def subsampled(case: Case) -> Iterator[Hypothesis]:
    """A port that takes every other value, or resizes, where Keras pools."""
    wanted = of_keras(case)
    for step in reading.of(case, ("getitem", *upsampling.STEPS)):
        if len(step.shape) == len(wanted.kernel) + 2:
            yield Hypothesis(
                "pool-kind",
                f"the port takes single values ({step.name}), Keras the {wanted.kind} of "
                f"{wanted.kernel}",
                wanted.call(),
                (Change(step.name, "call", "pool", _settings(wanted)),),
            )


def not_subsampled(case: Case, step: Step) -> Iterator[Hypothesis]:
    """A port that pools where Keras takes every other value."""
    stride = step.settings.get("stride") or step.settings["kernel_size"]
    if reading.layer(case).kind == "GetItem":
        paces = reading.each(stride, len(step.shape) - 2)
        index = (..., *(slice(None, None, pace) for pace in paces))
        yield Hypothesis(
            "pool-kind",
            f"the port pools ({step.name}), Keras takes x[{taken.written(index)}]",
            f"y = x[{taken.written(index)}]",
            (Change(step.name, "call", "taken", {"index": index}),),
        )


def _settings(pool: Pool) -> dict[str, Any]:
    return {"kind": pool.kind, "kernel_size": pool.kernel, "stride": pool.stride, "pad": pool.pad}


def zeros_ahead(case: Case, step: Step) -> Iterator[Hypothesis]:
    """A ZeroPadding of Keras's, done by a maximum that pads itself, with -inf."""
    layers = [one for one in case.keras[:-1] if one.kind.startswith("ZeroPadding")]
    if not layers or step.kind not in reading.MAX_POOLS or reading.of(case, reading.PADS):
        return
    count = len(reading.lengths(case))
    sides = reading.sums(*(reading.amounts(one.settings["padding"], count) for one in layers))
    pad = reading.in_pad_order(sides, count + 2)
    yield Hypothesis(
        "maxpool-zero-padding",
        "Keras pads with zeros, which exceed negative values; the port's pooling with -inf",
        f"{writing.with_settings(step, padding=0)}  # of F.pad(x, {pad})",
        (
            Change(step.name, "setting", "padding", 0),
            Change(step.name, "input", "pad", {"pad": pad}),
        ),
    )


def windows(case: Case, step: Step) -> Iterator[Hypothesis]:
    """Keras's windows in place of the port's, under the name of the one thing that differs."""
    pads = reading.of(case, reading.PADS)
    wanted, present = of_keras(case), _port_pool(case, step, pads)
    whole = (
        *(reading.left_out(pad) for pad in pads),
        Change(step.name, "call", "pool", _settings(wanted)),
    )
    if wanted.kind != present.kind:
        says = f"the port takes the {present.kind}, Keras the {wanted.kind}"
        yield Hypothesis("pool-kind", says, wanted.call(), whole)
    elif (wanted.kernel, wanted.stride) != (present.kernel, present.stride):
        cause = "stride" if wanted.kernel == present.kernel else "pool-size"
        says = (
            f"windows of {present.kernel} at every {present.stride} in the port, "
            f"of {wanted.kernel} at every {wanted.stride} in Keras"
        )
        yield Hypothesis(cause, says, wanted.call(), whole)
    elif wanted.edges != present.edges:
        yield from _edges(step, wanted, present, pads, whole)
    elif wanted.kind == "max" and any(_is_finite(pad) for pad in pads) and any(wanted.pad):
        says = "the port pads with zeros, which exceed negative values; Keras with -inf"
        yield Hypothesis("maxpool-zero-padding", says, wanted.call(), whole)
    elif wanted.kind == "average" and any(wanted.pad) and (pads or _counts(step)):
        says = "padding is counted in the port's averages, not in Keras's"
        if pads:
            yield Hypothesis("avgpool-same", says, wanted.call(), whole)
        else:
            changes = (Change(step.name, "setting", "count_include_pad", False),)
            fix = writing.with_settings(step, count_include_pad=False)
            yield Hypothesis("avgpool-same", says, fix, changes)


def _edges(
    step: Step, wanted: Pool, present: Pool, pads: list[Step], whole: tuple[Change, ...]
) -> Iterator[Hypothesis]:
    says = f"the port {_beyond(present)}, Keras {_beyond(wanted)}"
    is_max = wanted.kind == "max"
    if wanted.rounds_up and not pads and not any(low for low, _ in present.edges):
        rounds_up = (Change(step.name, "setting", "ceil_mode", True),)
        fix = writing.with_settings(step, ceil_mode=True)
        yield Hypothesis("maxpool-same-odd" if is_max else "avgpool-same", says, fix, rounds_up)
    cause = "maxpool-same-general" if is_max else "avgpool-same"
    yield Hypothesis(cause if any(wanted.pad) else "padding-amount", says, wanted.call(), whole)


def of_keras(case: Case) -> Pool:
    config, lengths = reading.config(case), reading.lengths(case)
    kernel = reading.each(config["pool_size"], len(lengths))
    stride = reading.each(config.get("strides") or kernel, len(lengths))
    edges = []
    for n, k, s in zip(lengths, kernel, stride, strict=True):
        low = reading.same_padding(n, k, s)[0] if config.get("padding") == "same" else 0
        count = -(-n // s) if config.get("padding") == "same" else (n - k) // s + 1
        edges.append((low, (count - 1) * s + k - n - low))
    kind = "max" if "Max" in reading.layer(case).kind else "average"
    return Pool(kind, kernel, stride, tuple(edges))


def _port_pool(case: Case, step: Step, pads: list[Step]) -> Pool:
    lengths, settings = reading.lengths(case), step.settings
    count = len(lengths)
    kernel = reading.each(settings["kernel_size"], count)
    stride = reading.each(settings.get("stride") or kernel, count)
    padding = reading.each(settings.get("padding", 0), count)
    before = reading.sums(*(reading.by_axis(reading.pad_setting(p), count + 2) for p in pads))
    edges = []
    for i, (n, k, s, p) in enumerate(zip(lengths, kernel, stride, padding, strict=True)):
        low, high = before.get(i + 2, (0, 0))
        length, room = n + low + high, n + low + high + 2 * p - k
        steps = room // s
        if settings.get("ceil_mode") and room % s and (steps + 1) * s < length + p:
            steps += 1  # torch lets a last window begin inside the input alone
        edges.append((low + p, steps * s + k - n - low - p))
    kind = "max" if step.kind in reading.MAX_POOLS else "average"
    return Pool(kind, kernel, stride, tuple(edges))


def _is_finite(pad: Step) -> bool:
    return (pad.settings.get("value") or 0.0) > -1e30


def _counts(step: Step) -> bool:
    own = reading.each(step.settings.get("padding", 0), 1)
    return any(own) and bool(step.settings.get("count_include_pad", True))


def _beyond(pool: Pool) -> str:
    """Said once where it holds for every axis."""
    found = dict.fromkeys(
        f"pads {low} before and {high} behind" if high >= 0 else f"pads {low} and drops {-high}"
        for low, high in pool.edges
    )
    return ", ".join(found)


def _figure(values: tuple[int, ...]) -> str:
    return str(values[0] if len({*values}) == 1 else values)


def global_pooling(case: Case) -> Iterator[Hypothesis]:
    """The maximum or the mean over all of Keras's spatial axes."""
    kind = "max" if "Max" in reading.layer(case).kind else "mean"
    dims = tuple(sorted(reading.torch_axis(case, axis) for axis in reading.spatial(case)))
    for step in reading.of(case, GLOBAL):
        present = "max" if step.kind in reading.GLOBAL_MAX else "mean"
        given = step.settings.get("dim")
        rank = len(reading.layer_input(case))
        own = tuple(sorted(d % rank for d in reading.each(given, 1))) if given is not None else dims
        keepdim = len(step.shape) == rank
        keeps = ", keepdim=True" if keepdim else ""
        fix = f"x.{'amax' if kind == 'max' else 'mean'}({dims}{keeps})"
        value = {"kind": kind, "dims": dims, "keepdim": keepdim}
        changes = (Change(step.name, "call", "reduce", value),)
        if present != kind:
            says = f"the port takes the {present}, Keras the {kind}"
            yield Hypothesis("pool-kind", says, fix, changes)
        elif own != dims:
            says = f"the port pools over axes {own}, Keras over those that torch has at {dims}"
            yield Hypothesis("axis-order", says, fix, changes)
        elif kind == "mean" and "mask" in case.values:
            masking = {"dim": dims[0], "mask": case.values["mask"]}
            says = "the port averages all steps, Keras those that are not masked"
            given = "x" if dims[0] == 1 else f"x.movedim({dims[0]}, 1)"
            fix = f"({given} * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)"
            yield Hypothesis(
                "mask-zero",
                says,
                fix,
                (Change(step.name, "call", "masked_mean", masking),),
            )
