"""How the values of both sides stand to each other: which torch axis is which Keras axis.

A layout is found from what a step does (a convolution has its channels second), from the layout
that comes in, and from the shapes that must fit; where features are flattened, it is measured by
sending numbered values through both sides. Where several layouts fit, values decide later.
"""

from collections.abc import Collection, Mapping, Sequence
from operator import eq
from types import MappingProxyType

import numpy as np

from parity.mapping import layout_moves, states, unfolded
from parity.mapping.flow import outside
from parity.mapping.layout_moves import (
    AS_IT_IS,
    CHANNELS,
    CHANNELS_BEHIND_TIME,
    HEADS_SECOND,
    TIME_FIRST,
)
from parity.mapping.moved_values import Chains, Measure, is_moving
from parity.mapping.rules.operations import KERAS, TORCH
from parity.records.comparison import Alignment, Array, Layout, Match, Step

CHANNELS_SECOND = {
    *("conv", "conv_transpose", "max_pool", "avg_pool", "upsample", "pixel_shuffle"),
    *("global_avg_pool", "global_max_pool", "group_norm", "spatial_dropout"),
}
NOTHING: Mapping[str, Sequence[Layout]] = MappingProxyType({})
NOWHERE: Mapping[str, Layout] = MappingProxyType({})
HEADED = "scaled_dot_product_attention"  # its values are (N, heads, T, size)
FEATURES_LAST = {"dense", "recurrent", "attention", "embedding", "layer_norm", "rms_norm"}


def fitting(keras: tuple[int, ...], torch: tuple[int, ...]) -> list[Layout]:
    """The layouts under which a torch value of this shape has that Keras shape."""
    found = [AS_IT_IS] if keras == torch else []
    if len(torch) >= 3:
        found += [x for x in (CHANNELS, TIME_FIRST) if _fits(x, keras, torch)]
    if len(torch) >= 5 and _fits(CHANNELS_BEHIND_TIME, keras, torch):
        found.append(CHANNELS_BEHIND_TIME)
    if not found and _are_regrouped(keras, torch):
        found.append(_reshaped(keras, torch))
    return found


def within(keras: tuple[int, ...], torch: tuple[int, ...]) -> list[Layout]:
    """Those of a value that a model does not return: attention that is written out may keep its
    heads in front of the positions."""
    is_headed = len(torch) >= 4 and _fits(HEADS_SECOND, keras, torch)
    return fitting(keras, torch) or ([HEADS_SECOND] if is_headed else [])


def relate(
    alignment: Alignment,
    inputs: dict[str, Layout],
    shapes: dict[str, tuple[int, ...]],
    measure: Measure,
    ends: Collection[str] = (),
    chosen: Mapping[str, Sequence[Layout]] = NOTHING,
    is_plain: bool = False,
) -> dict[str, list[Layout]]:
    """The layouts that fit each Keras value that a segment gives, the likeliest first.

    inputs: of the model's inputs; shapes: of each Keras value, batch included;
    measure: runs both sides of a segment alone; ends: the values that the model gives;
    chosen: what values chose before, which is likelier than what the steps seem to do; is_plain:
    are axes of the same lengths the same axes, but for features in an order of their own?
    """
    read = NOWHERE if is_plain else _read(alignment.matches)
    ordered = unfolded.layouts(alignment.matches, shapes, ends, measure, read)
    found = {name: [layout] for name, layout in (inputs | ordered).items()}
    chains = Chains(alignment.matches, shapes, ends, measure, within)
    moved: dict[str, Layout] = {}
    taken = {x for match in alignment.matches for step in match.keras_steps for x in step.inputs}
    for match in alignment.matches:
        ours, theirs = match.keras_steps[-1], match.torch[-1]
        before = _incoming(match, found)
        usual = fitting if ours.name in ends else within
        fit = [states.layout_of(match)] if match.leaf else usual(ours.shape, theirs.shape)
        if theirs.kind == HEADED and _fits(HEADS_SECOND, ours.shape, theirs.shape):
            fit.append(HEADS_SECOND)
        if ours.name in ends:  # what the model gives is compared as it is
            fit.sort(key=lambda layout: layout is not AS_IT_IS if len(ours.shape) < 4 else False)
        if ours.name in ordered:
            continue
        is_as_it_is = is_plain and len(ours.shape) > 2 and AS_IT_IS in fit
        if ours.name not in moved and is_moving(match) and not is_as_it_is:
            moved |= chains.layouts(match, before)
        if is_as_it_is:
            fit = [AS_IT_IS]
        elif ours.name in moved:
            fit = [moved[ours.name]]
        elif joined := _joined(match, found, shapes):
            fit = [joined]
        elif kept := _kept(match, before, fit, ends):
            fit = [kept]
        elif not fit and (folded := _folded(match, before) or _merged(match, before)):
            fit = [folded]
        elif len(fit) > 1:
            wanted = _natural(match, before)
            fit.sort(key=lambda layout: layout is not wanted)
        if ours.name in chosen and ours.name not in moved and len(ours.shape) > 2:
            first = chosen[ours.name][0]  # of the mended value, which may have another shape
            fit = [first, *(layout for layout in fit if layout != first)]
        found[ours.name] = fit or [_nearest(match, before)]
        found.setdefault(match.keras.name, found[ours.name])
        if KERAS.get(ours.kind) == "split":  # into parts of one shape
            found |= {x: found[ours.name] for x in taken if x.startswith(f"{ours.name}:")}
    return found


def _read(matches: Sequence[Match]) -> dict[str, Layout]:
    """The layout in which the port's next step takes what each segment gives."""
    takers = {name: match for match in reversed(matches) for name in outside(match.keras_steps)}
    found = {}
    for match in matches:
        ours, theirs = match.keras_steps[-1], match.torch[-1]
        fit = fitting(ours.shape, theirs.shape)
        taker = takers.get(ours.name)
        wanted = None if taker is None else _natural(taker, AS_IT_IS)
        if fit:
            found[ours.name] = wanted if wanted in fit else fit[0]
    return found


def to_keras(layout: Layout, values: Array) -> Array:
    """torch's values in Keras's layout; as they are where their shape does not allow it."""
    try:
        return layout.to_keras(values)
    except (ValueError, IndexError):
        return values


def to_torch(layout: Layout, values: Array) -> Array:
    """Keras's values in torch's layout; as they are where their shape does not allow it."""
    try:
        return layout.to_torch(values)
    except (ValueError, IndexError):
        return values


def turned_axes(layout: Layout, rank: int) -> tuple[int, ...]:
    """Keras's axis i is torch's axis turned_axes[i]; all as they are where a layout does more."""
    sizes = tuple(range(2, rank + 2))
    turned = to_torch(layout, np.empty(sizes, np.int8)).shape
    return tuple(map(turned.index, sizes)) if sorted(turned) == [*sizes] else tuple(range(rank))


def entry(match: Match) -> str:
    """The value from elsewhere that reaches the layer itself, past what prepares it."""
    inside = {step.name: step for step in match.keras_steps}
    step = match.keras
    while step.inputs and (before := inside.get(step.inputs[0].partition(":")[0])):
        step = before
    return step.inputs[0] if step.inputs else ""


def _fits(layout: Layout, keras: tuple[int, ...], torch: tuple[int, ...]) -> bool:
    return to_keras(layout, np.empty(torch, np.int8)).shape == keras


def _are_regrouped(keras: tuple[int, ...], torch: tuple[int, ...]) -> bool:
    """Are these the same values in the same order, with axes of length one, or features of
    several axes as one?"""
    ones = [n for n in keras if n != 1] == [n for n in torch if n != 1]
    size = np.prod(keras, dtype=int) == np.prod(torch, dtype=int)
    return ones or bool(size and keras[0] == torch[0] and len(keras) != len(torch))


def _reshaped(keras: tuple[int, ...], torch: tuple[int, ...]) -> Layout:
    return Layout("axes regrouped", lambda x: x.reshape(keras), lambda x: x.reshape(torch))


def _incoming(match: Match, found: dict[str, list[Layout]]) -> Layout:
    names = [name for name in outside(match.keras_steps) if name in found]
    return found[names[0]][0] if names else AS_IT_IS


def is_channels_first(step: Step) -> bool:
    """Has a layer of Keras's its channels where torch has them?"""
    return step.settings.get("data_format") == "channels_first"


def _nearest(match: Match, before: Layout) -> Layout:
    """Where no layout fits: what the steps make of the axes, unless more of them would be as long
    as Keras's in another, as where but the number of heads is wrong."""
    keras, torch = match.keras_steps[-1].shape, match.torch[-1].shape
    natural = _natural(match, before)
    if len(keras) != len(torch) or len(keras) < 4:
        return natural

    def alike(layout: Layout) -> int:
        return sum(map(eq, to_keras(layout, np.empty(torch, np.int8)).shape, keras))

    return max((natural, AS_IT_IS, HEADS_SECOND), key=alike)


def _natural(match: Match, before: Layout) -> Layout:
    """What the last step that minds its axes makes of them."""
    layout = before
    on_channels = AS_IT_IS if any(map(is_channels_first, match.keras_steps)) else CHANNELS
    for step in match.torch:
        operation = TORCH.get(step.kind, step.kind)
        kind = step.kind.lower()
        if operation in CHANNELS_SECOND or kind.startswith("conv"):
            layout = on_channels
        elif kind.startswith(("batchnorm", "batch_norm")):
            layout = CHANNELS if _is_of_the_last_axis(match) else layout
        elif kind in ("lstm", "gru", "rnn", "simplernn"):
            layout = AS_IT_IS if step.settings.get("batch_first", True) else TIME_FIRST
        elif kind in ("linear", "embedding", "layernorm", "layer_norm", "multiheadattention"):
            layout = AS_IT_IS
        elif operation == "permute":
            layout = AS_IT_IS if layout is CHANNELS else CHANNELS
    return layout


def _is_of_the_last_axis(match: Match) -> bool:
    """Does Keras normalise the features that it keeps last?"""
    return match.keras.settings.get("axis", -1) in (-1, len(match.keras.shape) - 1)


def _mixes(match: Match) -> bool:
    """Does a segment make new features of its input's, so that their order is its own?"""
    return any(v.name.endswith("kernel") for s in match.keras_steps for v in s.variables)


def _kept(match: Match, before: Layout, fit: list[Layout], ends: Collection[str]) -> Layout | None:
    """The order of features that come in, where a segment keeps it."""
    ours = match.keras_steps[-1]
    is_kept = before.order is not None and ours.shape[-1] == before.order.size
    if not is_kept or not fit or _mixes(match) or ours.name in ends:
        return None
    natural = _natural(match, before)
    return layout_moves.rebased(before, natural if natural in fit else fit[0])


def _folded(match: Match, before: Layout) -> Layout | None:
    """Where a segment works at each position, they stand as they came in."""
    ours, theirs = match.keras_steps[-1].shape, match.torch[-1].shape
    counts = {int(np.prod(ours[:-1])), int(np.prod(theirs[:-1]))}
    if before.rows is None or counts != {before.rows.size} or ours[-1:] != theirs[-1:]:
        return None
    return layout_moves.by_rows(before.rows, ours, theirs)


def _merged(match: Match, before: Layout) -> Layout | None:
    """Where the port counts parts of a sample, as patches, among the samples: (N * P, ...)."""
    keras, torch = match.keras_steps[-1].shape, match.torch[-1].shape
    if len(keras) < 3:
        return None
    parts, as_samples = keras[1], (keras[0] * keras[1], *keras[2:])
    fit = fitting(as_samples, torch) if torch[:1] == as_samples[:1] else []
    if not fit:
        return None
    wanted = _natural(match, before)
    inner = wanted if wanted in fit else fit[0]
    return Layout(
        "parts as samples" if inner is AS_IT_IS else f"parts as samples, {inner.name}",
        lambda x: inner.to_keras(x).reshape(len(x) // parts, parts, *as_samples[1:]),
        lambda x: inner.to_torch(x.reshape(-1, *x.shape[2:])),
    )


def _joined(
    match: Match, found: dict[str, list[Layout]], shapes: dict[str, tuple[int, ...]]
) -> Layout | None:
    """The order of features that are joined, where one of the parts has an order of its own."""
    parts = [(found.get(name, [AS_IT_IS])[0], shapes.get(name, ())) for name in match.keras.inputs]
    is_flat = len(match.keras.shape) == 2 and all(len(shape) == 2 for _, shape in parts)
    if match.keras.kind != "Concatenate" or not is_flat or all(x.order is None for x, _ in parts):
        return None
    ends = np.cumsum([0, *(shape[1] for _, shape in parts)])
    order = [
        start + (np.arange(shape[1]) if layout.order is None else layout.order)
        for start, (layout, shape) in zip(ends[:-1], parts, strict=True)
    ]
    return layout_moves.flat(np.concatenate(order), (int(ends[-1]),))
