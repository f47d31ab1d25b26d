"""Walk along both models, segment by segment: each one's values on both sides, and their noise.

Nothing is kept but what the next segments need: a model is as large as its weights, and a walk as
its largest activations.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from parity.errors import ModelError
from parity.gates import float32_leaks
from parity.gates.held_values import HeldValues, Values
from parity.gates.sources import Sources
from parity.mapping import activation_layouts, states
from parity.mapping.flow import outside
from parity.mapping.plan import DTYPES, Plan
from parity.numerics import noise
from parity.numerics.difference import largest
from parity.records.comparison import Array, Dtype, Evidence, LayerCheck, Layout, Match
from parity.sides.calls import TwoSides, ask
from parity.sides.verbs import Walks

MOST = 1e-2  # of the largest value: float32 keeps seven digits, and no layer loses five of them

LARGE = 2**24  # weights of a segment
Feeds = dict[str, Array]  # torch value -> what is fed in its place
Fitting = dict[str, Sequence[Layout]]  # Plan.fits, as far as values chose


@dataclass(frozen=True)
class SegmentValues:
    """What a segment gave on both sides, and what it was fed with."""

    match: Match
    evidence: dict[Dtype, Evidence]
    feeds: dict[Dtype, Feeds]  # Keras's own inputs, in torch's layout
    given: Feeds  # the same in Keras's own layout, float64, by Keras's names
    layout: Layout  # of its result
    entry: str  # the one of `given` that reaches the layer
    before: Layout  # of that input
    other_sources: tuple[tuple[str, str], ...] = ()  # (what torch takes, what Keras takes)
    wanted: Feeds = field(default_factory=dict)  # all that Keras takes, in torch's layout
    untaken: tuple[str, ...] = ()  # what of it is fed to nothing


def along(
    plan: Plan, sides: TwoSides, fits: Fitting, is_sparing: bool = False
) -> Iterator[SegmentValues]:
    """Run both models of a plan segment by segment, in float32 and float64 at once.

    The noise of a layer needs both dtypes, so both are always run. fits: the layouts of the values
    so far; each segment's is put there, and who mends one may put another, for those behind it.
    is_sparing: run a segment by itself only if its values differ from Keras's or go through
    float32, and from the first that differs on: of what takes the same and gives the same, running
    it on Keras's own input would tell nothing else.
    """
    key = plan.held
    matches = [match for match in plan.alignment.matches if match.torch]
    sources = Sources(plan, matches)
    taken_by = [sources.of(match) for match in matches]
    inputs = [
        [*dict.fromkeys((*outside(match.keras_steps), *taken.values()))]
        for match, taken in zip(matches, taken_by, strict=True)
    ]
    held = HeldValues(inputs, [match.keras_steps[-1].name for match in matches])
    sides.each(
        ask(Walks.begin, key, held.asked),
        ask(Walks.begin, key, [match.theirs for match in matches]),
    )
    narrow: set[str] = set()  # Keras values that went through float32
    for number, (match, taken) in enumerate(zip(matches, taken_by, strict=True)):
        ours, theirs = _reach(sides, key, match, held.lacking(number))
        given, output = held.values(number, ours)
        handed_on = any(name.partition(":")[0] in narrow for name in given)
        leaks = any(step.is_narrow for step in match.keras_steps), handed_on
        if any(leaks):
            narrow.update(step.name for step in match.keras_steps)
        crossed = sources.crossed(taken)
        laid = {theirs: sources.laid_as(theirs, ours) for theirs, ours in taken.items()}
        fed = _Fed(taken, given, crossed, sources.made, laid)
        outputs = output, theirs[0]
        asks = any(leaks) or bool(crossed)
        found = _in_pass(fits, match, fed, outputs) if is_sparing and not asks else None
        if found is None:
            found = _values(fits, sides, key, match, fed, outputs, leaks)
            is_apart = _differs(found)
            if (
                is_apart
                and not leaks[0]
                and float32_leaks.is_leaking(sides, key, match, found.given)
            ):
                leaks = True, leaks[1]
                narrow.update(step.name for step in match.keras_steps)
                found = _values(fits, sides, key, match, fed, outputs, leaks)
            is_sparing = is_sparing and asks and not is_apart
        yield found


def not_compared(match: Match, why: str) -> LayerCheck:
    """The line of a segment that was not reached."""
    torch = " + ".join(step.name for step in match.torch)
    return LayerCheck(match.keras.name, torch, "incomplete", note=f"not compared: {why}")


def _differs(values: SegmentValues) -> bool:
    """Does the segment differ in float64, fed with the same?"""
    wide = values.evidence["float64"]
    assert wide.isolated is not None
    gap = largest(wide.keras, wide.isolated)
    return noise.ratio(gap, wide.isolated_noise) > noise.LIMIT


def _reach(sides: TwoSides, key: str, match: Match, names: list[str]) -> tuple[Values, Values]:
    """The values of both sides. Large weights, which are widened to float64 for a while, are not
    held by both at once."""
    theirs = [match.theirs]
    weights = {v.name: v.shape for step in match.keras_steps for v in step.variables}
    if sum(int(np.prod(shape)) for shape in weights.values()) > LARGE:
        ours = sides.keras.call(Walks.reach, key, names)
        return ours, sides.torch.call(Walks.reach, key, theirs)
    return sides.each(ask(Walks.reach, key, names), ask(Walks.reach, key, theirs))


@dataclass(frozen=True)
class _Fed:
    """What a segment is fed with."""

    sources: dict[str, str]  # torch value -> the Keras value in its place
    given: dict[str, dict[Dtype, Array]]  # Keras values
    crossed: tuple[tuple[str, str], ...]  # (what torch takes, what Keras takes), in Keras's names
    made: dict[str, tuple[str, ...]]  # see Sources
    laid: dict[str, str]  # torch value -> the Keras value that stands in the layout of its place


def _values(
    fits: Fitting,
    sides: TwoSides,
    key: str,
    match: Match,
    fed: _Fed,
    outputs: tuple[dict[Dtype, Array], dict[Dtype, Array]],
    leaks: tuple[bool, bool],
) -> SegmentValues:
    """outputs: Keras's and the port's."""
    keras, torch = outputs
    feeds = _feeds(fits, fed)
    alone = _alone(sides, key, match, fed.given, feeds)
    result = match.keras_steps[-1].name
    layout = _fitting(fits[result], keras, alone.torch["float64"])
    moved, level = _moved_and_level(layout, keras, torch)
    isolated = {d: activation_layouts.to_keras(layout, x) for d, x in alone.torch.items()}
    alone_level = _level(
        keras["float32"],
        alone.keras_wide,
        isolated["float32"],
        activation_layouts.to_keras(layout, alone.torch_wide),
    )
    evidence = {
        dtype: Evidence(
            match,
            keras[dtype],
            moved[dtype],
            isolated[dtype],
            noise.scaled(level, "float32" if any(leaks) else dtype),
            noise.scaled(alone_level, "float32" if leaks[0] else dtype),
            is_narrow=leaks[0],
        )
        for dtype in DTYPES
    }
    return _segment(fits, match, fed, evidence, feeds, layout)


def _in_pass(
    fits: Fitting,
    match: Match,
    fed: _Fed,
    outputs: tuple[dict[Dtype, Array], dict[Dtype, Array]],
) -> SegmentValues | None:
    """A segment that was not run by itself; None where its values differ from Keras's.

    outputs: Keras's and the port's.
    """
    keras, torch = outputs
    layout = _fitting(fits[match.keras_steps[-1].name], keras, torch["float64"])
    moved, level = _moved_and_level(layout, keras, torch)
    evidence = {
        d: Evidence(match, keras[d], moved[d], None, noise.scaled(level, d), 0.0) for d in DTYPES
    }
    for one in evidence.values():
        if noise.ratio(largest(one.keras, one.torch), one.noise) > noise.LIMIT:
            return None
    return _segment(fits, match, fed, evidence, _feeds(fits, fed), layout)


def _segment(
    fits: Fitting,
    match: Match,
    fed: _Fed,
    evidence: dict[Dtype, Evidence],
    feeds: dict[Dtype, Feeds],
    layout: Layout,
) -> SegmentValues:
    """layout: of what it gives, which is put to the others."""
    fits[match.keras_steps[-1].name] = [layout]
    entry = activation_layouts.entry(match)
    entry = entry if entry in fed.given else next(iter(fed.given), "")
    before = fits[entry][0] if entry in fits else layout
    wide = {name: values["float64"] for name, values in fed.given.items()}
    taken = [name for name in outside(match.keras_steps) if name in wide]
    wanted = {name: _moved(fits, name, wide[name]) for name in taken}
    untaken = tuple(name for name in taken if name not in fed.sources.values())
    found = match, evidence, feeds, wide, layout, entry, before, fed.crossed, wanted, untaken
    return SegmentValues(*found)


def _feeds(fits: Fitting, fed: _Fed) -> dict[Dtype, Feeds]:
    """Keras's values under the names of the port's, in its layout."""
    return {
        dtype: {
            theirs: _fed(fits, fed, theirs, ours, dtype) for theirs, ours in fed.sources.items()
        }
        for dtype in DTYPES
    }


def _fed(fits: Fitting, fed: _Fed, theirs: str, ours: str, dtype: Dtype) -> Array:
    values = fed.given[ours][dtype]
    if theirs not in fed.made or values.ndim != 2:
        return _moved(fits, fed.laid[theirs], values)
    every = {name: each[dtype] for name, each in fed.given.items()}
    return states.stacked(fed.made[theirs], every, values)


def _moved_and_level(
    layout: Layout, keras: dict[Dtype, Array], torch: dict[Dtype, Array]
) -> tuple[dict[Dtype, Array], float]:
    """The port's values in Keras's layout, and float32's noise of both sides."""
    moved = {d: activation_layouts.to_keras(layout, values) for d, values in torch.items()}
    own = keras["float32"], keras["float64"]
    return moved, _level(*own, moved["float32"], moved["float64"])


@dataclass(frozen=True)
class _Alone:
    """A segment by itself on Keras's inputs; `wide`: in float64 on the float32 inputs."""

    torch: dict[Dtype, Array]
    torch_wide: Array
    keras_wide: Array


def _moved(fits: Fitting, name: str, values: Array) -> Array:
    layouts = fits.get(name)
    return (
        activation_layouts.to_torch(layouts[0], values) if layouts and values.ndim > 1 else values
    )


def _alone(
    sides: TwoSides,
    key: str,
    match: Match,
    given: dict[str, dict[Dtype, Array]],
    feeds: dict[Dtype, Feeds],
) -> _Alone:
    """What cannot be run on Keras's input (its shape does not fit) gives nothing."""
    steps = [step.name for step in match.torch]

    def torch(feed: Feeds, dtype: Dtype) -> Array:
        try:
            return sides.torch.call(Walks.alone, key, steps, feed, match.theirs, dtype)
        except ModelError:
            return np.empty(0)

    names = [step.name for step in match.keras_steps]
    narrow = {name: values["float32"] for name, values in given.items()}
    return _Alone(
        {dtype: torch(feeds[dtype], dtype) for dtype in DTYPES},
        torch(feeds["float32"], "float64"),
        sides.keras.call(Walks.alone, key, names, narrow, names[-1], "float64"),
    )


def _fitting(layouts: Sequence[Layout], keras: dict[Dtype, Array], theirs: Array) -> Layout:
    """The layout under which values agree best, where shapes leave a choice.

    theirs: the port's, in float64. Fed with another shape than in the pass, a segment may give one
    that another layout fits.
    """
    shape = keras["float64"].shape
    if all(activation_layouts.to_keras(layout, theirs).shape != shape for layout in layouts):
        layouts = (
            [*layouts, *activation_layouts.fitting(shape, theirs.shape)] if theirs.size else layouts
        )
    if len(layouts) == 1:
        return layouts[0]
    gaps = [largest(keras["float64"], activation_layouts.to_keras(x, theirs)) for x in layouts]
    near = noise.scaled(noise.level(keras["float32"], keras["float64"]), "float64") * noise.LIMIT
    fits = [layout for layout, gap in zip(layouts, gaps, strict=True) if gap <= near]
    return fits[0] if fits else layouts[0]


def _level(keras: Array, keras_wide: Array, torch: Array, torch_wide: Array) -> float:
    """The larger noise of the two sides."""
    return max(rounding(keras, keras_wide), rounding(torch, torch_wide))


def rounding(narrow: Array, wide: Array) -> float:
    """One side's noise.

    What lies beyond MOST of the values is no rounding: the two runs did not compute the same, as
    where a layer draws random numbers. It counts as no noise at all. Where some samples have lost
    all that float32 keeps, as a rounding turns a gate over, the others tell the noise.
    """
    if narrow.shape != wide.shape:
        return 0.0
    if not is_lost(narrow, wide):
        return noise.level(narrow, wide)
    kept = [not is_lost(*both) for both in zip(narrow, wide, strict=True)] if narrow.ndim else []
    return max(noise.level(wide, wide), noise.level(narrow[kept], wide[kept]) if any(kept) else 0.0)


def is_lost(narrow: Array, wide: Array) -> bool:
    """Is what float32 gave nothing like what float64 did?"""
    if narrow.shape != wide.shape:
        return False
    return noise.level(narrow, wide) > MOST * noise.largest(wide)
