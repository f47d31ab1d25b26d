"""How a case is read: the layer and its figures, torch steps by kind, axes and padding."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from parity.diagnose.hypothesis import Case
from parity.records.comparison import Step
from parity.records.interventions import Change

Sides = dict[int, tuple[int, int]]  # torch axis -> amounts before and after


def _ranks(*names: str) -> frozenset[str]:
    return frozenset(name.replace("#", str(rank)) for name in names for rank in (1, 2, 3))


CONVOLUTIONS = _ranks("Conv#d", "conv#d")
TRANSPOSED = _ranks("ConvTranspose#d", "conv_transpose#d")
MAX_POOLS = _ranks("MaxPool#d", "max_pool#d", "max_pool#d_with_indices")
AVERAGE_POOLS = _ranks("AvgPool#d", "avg_pool#d")
GLOBAL_MAX = _ranks("AdaptiveMaxPool#d", "adaptive_max_pool#d") | {"amax"}
GLOBAL_AVERAGE = _ranks("AdaptiveAvgPool#d", "adaptive_avg_pool#d") | {"mean"}
PADS = _ranks("ZeroPad#d", "ConstantPad#d", "ReflectionPad#d", "ReplicationPad#d", "CircularPad#d")
PADS |= {"pad"}
BATCH_NORMS = _ranks("BatchNorm#d") | {"batch_norm"}
INSTANCE_NORMS = _ranks("InstanceNorm#d") | {"instance_norm"}
NORMS = BATCH_NORMS | INSTANCE_NORMS | {"LayerNorm", "layer_norm", "GroupNorm", "group_norm"}
NORMS |= {"RMSNorm", "rms_norm"}
RECURRENT = frozenset(("RNN", "LSTM", "GRU"))
LINEAR = frozenset(("Linear", "linear", "addmm", "matmul"))
DROPOUTS = _ranks("Dropout#d", "dropout#d", "FeatureDropout#d")
DROPOUTS |= {"Dropout", "dropout", "AlphaDropout", "alpha_dropout"}


def layer(case: Case) -> Step:
    """The Keras layer that the case is about."""
    return case.keras[-1]


def config(case: Case) -> dict[str, Any]:
    return layer(case).settings


def of(case: Case, kinds: Iterable[str]) -> list[Step]:
    """The torch steps of these kinds."""
    return [step for step in case.torch if step.kind in kinds]


def first(case: Case) -> Step:
    """The torch step that takes the segment's input; those before it prepare weights."""
    own = {step.name for step in case.torch}
    outside = (s for s in case.torch if {x.partition(":")[0] for x in s.inputs} - own)
    return next(outside, case.torch[0])


def layer_input(case: Case) -> tuple[int, ...]:
    """The shape that reaches the layer, behind those that prepare its input."""
    taken = layer(case).inputs[0] if layer(case).inputs else ""
    before = (step.shape for step in case.keras[:-1] if step.name == taken.partition(":")[0])
    return next(before, case.input_shape)


def each(value: Any, count: int) -> tuple[int, ...]:
    """One figure an axis, where one may stand for all."""
    if not isinstance(value, tuple | list):
        return (int(value),) * count
    return tuple(int(v) for v in value) * (count if len(value) == 1 else 1)


def channels_first(config: Mapping[str, Any]) -> bool:
    return config.get("data_format") == "channels_first"


def spatial(case: Case) -> list[int]:
    """Keras's axes of the layer's input that are neither batch nor channels."""
    rank = len(layer_input(case))
    return list(range(2, rank)) if channels_first(config(case)) else list(range(1, rank - 1))


def lengths(case: Case) -> list[int]:
    return [layer_input(case)[axis] for axis in spatial(case)]


def torch_axis(case: Case, axis: int) -> int:
    """Where torch has a Keras axis of the input; channels first where nothing is known."""
    rank = len(layer_input(case))
    if not rank:  # a number has none
        return axis
    axis %= rank
    if len(case.axes) == rank:
        return case.axes[axis]
    return axis if rank < 3 else (0, *range(2, rank), 1)[axis]


def axis_at(case: Case, step: Step | None, axis: int) -> int:
    """Where a torch step of the segment meets a Keras axis of the input, behind permutations; where
    it stands in what the segment gives, of None."""
    place = torch_axis(case, axis)
    for other in case.torch if step is None else case.torch[: case.torch.index(step)]:
        order = permutation(other)
        place = order.index(place) if order is not None and place < len(order) else place
    return place


def permutation(step: Step) -> list[int] | None:
    """Axis i of what the step gives is axis permutation[i] of what it takes; None of another."""
    order, dims = list(range(len(step.shape))), step.settings.get("dims")
    ends = [step.settings.get(name) for name in _ENDS.get(step.kind, ())]
    if step.kind == "permute" and dims:
        return [d % len(order) for d in dims]
    if step.kind in ("t", "T", "H"):
        return order[::-1]
    if step.kind in ("mT", "mH", "adjoint"):
        return [*order[:-2], *order[:-3:-1]]
    if not ends or not all(isinstance(end, int) for end in ends):
        return None
    first, second = (int(end) % len(order) for end in ends if isinstance(end, int))
    if step.kind == "movedim":
        order.insert(second, order.pop(first))
    else:
        order[first], order[second] = order[second], order[first]
    return order


_ENDS = {
    **dict.fromkeys(("transpose", "swapaxes"), ("dim0", "dim1")),
    "movedim": ("source", "destination"),
}


def axes(case: Case) -> tuple[int, ...]:
    """For each axis of Keras's input, the axis that torch has it at."""
    return tuple(torch_axis(case, axis) for axis in range(len(layer_input(case))))


def torch_input(case: Case) -> tuple[int, ...]:
    """The shape of the layer's input as torch has it."""
    shape, own = layer_input(case), axes(case)
    return tuple(shape[own.index(axis)] for axis in range(len(shape)))


def to_torch(rank: int) -> tuple[int, ...]:
    """The permutation of a Keras tensor that puts its channels first."""
    return (0, rank - 1, *range(1, rank - 1)) if rank > 2 else tuple(range(rank))


def in_pad_order(sides: Sides, rank: int) -> tuple[int, ...]:
    """Amounts by torch axis as F.pad takes them: the last axis first."""
    first = min(sides, default=rank)
    amounts = (sides.get(axis, (0, 0)) for axis in range(rank - 1, first - 1, -1))
    return tuple(amount for pair in amounts for amount in pair)


def by_axis(pad: tuple[int, ...], rank: int) -> Sides:
    """What F.pad takes, by torch axis."""
    return {rank - 1 - i: (pad[2 * i], pad[2 * i + 1]) for i in range(len(pad) // 2)}


def sums(*all_sides: Sides) -> Sides:
    """Paddings one after another; sides without any are left out."""
    found: Sides = {}
    for sides in all_sides:
        for axis, (low, high) in sides.items():
            before = found.get(axis, (0, 0))
            found[axis] = (before[0] + low, before[1] + high)
    return {axis: pair for axis, pair in found.items() if pair != (0, 0)}


def pad_setting(step: Step) -> tuple[int, ...]:
    """What a padding step adds, in F.pad's order."""
    settings = step.settings
    found = settings.get("pad") if step.kind == "pad" else settings.get("padding")
    return tuple(found or ())


def same_padding(length: int, kernel: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """What Keras adds before and after for 'same': the odd one goes after."""
    span = (kernel - 1) * dilation + 1
    total = max((-(-length // stride) - 1) * stride + span - length, 0)
    return total // 2, total - total // 2


def amounts(value: Any, count: int) -> Sides:
    """Keras's amounts: one for all, one an axis, or two an axis (for one axis, a pair)."""
    if isinstance(value, int):
        pairs: list[Any] = [(value, value)] * count
    elif count == 1:
        pairs = [tuple(value) if len(value) == 2 else tuple(value) * 2]
    else:
        pairs = [(v, v) if isinstance(v, int) else tuple(v) for v in value]
    return {i + 2: (int(low), int(high)) for i, (low, high) in enumerate(pairs)}


def shown(sides: Sides) -> str:
    return ", ".join(str(pair) for _, pair in sorted(sides.items())) or "nothing"


def left_out(step: Step) -> Change:
    """The step does nothing."""
    return Change(step.name, "call", "identity")


def is_module(step: Step) -> bool:
    return bool(step.path)


def figure(value: Any) -> str:
    """A number as a reader would write it."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def figures(one: Any, other: Any) -> tuple[str, str]:
    """Two numbers that differ, to the digit where they do."""
    shown = figure(one), figure(other)
    return shown if shown[0] != shown[1] else (str(one), str(other))


def cropped(steps: Iterable[Step], shape: tuple[int, ...]) -> Sides:
    """What slices and negative paddings cut from a tensor of this shape, by torch axis."""
    cut = []
    for step in steps:
        if step.kind in PADS:
            pad = by_axis(pad_setting(step), len(shape))
            cut.append({axis: (-low, -high) for axis, (low, high) in pad.items()})
        index = _narrowed(step) if step.kind == "narrow" else step.settings.get("index", ())
        for axis, part in _slices(index, len(shape)):
            start, stop, _ = part.indices(shape[axis])
            cut.append({axis: (start, shape[axis] - stop)})
    return sums(*cut)


def _narrowed(step: Step) -> tuple[Any, ...]:
    """What torch's `narrow(dim, start, length)` would be as an index."""
    dim, start, length = (step.settings.get(name) for name in ("dim", "start", "length"))
    if dim is None or start is None or length is None:
        return ()
    ahead = (slice(None),) * dim if dim >= 0 else (Ellipsis,)
    return (*ahead, slice(start, start + length), *(slice(None),) * (-1 - dim))


def _slices(index: Any, rank: int) -> Iterator[tuple[int, slice]]:
    """Those of an index, each with the axis that it is for: what stands behind an ellipsis counts
    from the last."""
    parts = index if isinstance(index, tuple) else (index,)
    behind = next((place for place, part in enumerate(parts) if part is Ellipsis), len(parts))
    for place, part in enumerate(parts):
        if isinstance(part, slice):
            yield place if place < behind else rank - len(parts) + place, part
