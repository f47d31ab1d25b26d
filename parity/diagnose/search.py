"""Find the cause of a difference: try hypotheses, one change at a time, and measure each.

A segment that differs alone is run again on Keras's own input under each hypothesis. The one that
brings its difference down to rounding noise is the cause. Where none does alone, the one that
removes most is taken for granted, and the search goes on from there: a layer may have two faults.
Every segment is fed by Keras, so faults in other layers do not matter.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from math import isfinite

from parity import noise, relate
from parity.diagnose.causes import CAUSES
from parity.diagnose.hypotheses import hypotheses
from parity.diagnose.hypothesis import Case, Change, Hypothesis
from parity.difference import difference
from parity.errors import ModelError
from parity.records import Array, Cause, Finding, Layout, Match, Step, Tried
from parity.rules.operations import ACTIVATIONS, KERAS

MOST_FAULTS = 3  # in one segment
LOST = {  # what it means where Keras has such a step and the port has not
    "activation": "activation-missing",
    "permute": "axis-order",
    "flatten": "reshape-order",
}
WORTH = 0.5  # a fault among several removes at least half of the difference

Play = Callable[[tuple[Change, ...]], Array]  # the torch segment in float64, under changes


@dataclass(frozen=True)
class Subject:
    """A segment that differs alone, and how to run it again."""

    match: Match
    keras: Array  # what Keras gives, float64
    noise: float
    layout: Layout  # of the result
    axes: tuple[int, ...]  # Keras axis i of the input is torch's axis axes[i]
    input_shape: tuple[int, ...]
    play: Play
    earlier: dict[str, Array]  # what Keras's segment gives before its last step, by step
    play_on: Callable[[Array], Array]  # the torch segment, fed with another value of Keras's
    without_bias: Callable[[], Array] | None = None  # Keras's segment, where torch has no bias
    values: Mapping[str, Array] = field(default_factory=dict)  # see Case


@dataclass(frozen=True)
class _Result:
    hypothesis: Hypothesis
    gap: float
    layout: Layout  # under which it is so small
    layer: Step  # Keras's, that it is about


def explain(subject: Subject) -> tuple[Finding, Layout]:
    """The cause of a difference, or what was tried in vain; and the layout of the mended result."""
    before, _ = _gap(subject, _played(subject, ()))
    lost = _lost(subject)
    if lost is not None:
        return _finding(subject, before, [lost], []), lost.layout
    tried: list[Tried] = []
    assumed: list[_Result] = []
    gap = before
    for _ in range(MOST_FAULTS):
        best = _best(subject, tuple(r.hypothesis for r in assumed), gap, tried)
        if best is None or not best.gap < WORTH * gap:
            break
        assumed.append(best)
        gap = best.gap
        if _is_noise(subject, gap):
            return _finding(subject, before, assumed, tried), best.layout
    return _finding(subject, before, [], tried), subject.layout


def miswired(
    match: Match, sources: tuple[tuple[str, str], ...], before: float, after: float
) -> Finding:
    """A segment that agrees when it is fed as Keras feeds it, and is fed otherwise.

    sources: what torch takes and what Keras takes, in Keras's names.
    """
    pairs = [(theirs or "the input", ours or "the input") for theirs, ours in sources]
    last = match.torch[-1].name
    says = "; ".join(f"{last} takes {theirs}, where Keras takes {ours}" for theirs, ours in pairs)
    fix = f"feed {last} with {', '.join(ours for _, ours in pairs)}"
    cause = Cause("wiring", CAUSES["wiring"].says, says, fix, "", 1.0)
    torch = " + ".join(step.name for step in match.torch)
    return Finding(match.keras.name, torch, "forward", (cause,), before, after)


def cases(subject: Subject) -> Iterator[Case]:
    """The layer as what it is; and each Keras step behind it that no torch step answers."""
    match = subject.match
    steps = match.keras_steps
    place = steps.index(match.keras)
    for last in (place, *range(place + 1, len(steps))):
        yield Case(
            steps[: last + 1],
            match.torch,
            subject.input_shape,
            steps[last].shape,
            subject.axes,
            subject.values,
        )


def _best(
    subject: Subject, assumed: tuple[Hypothesis, ...], gap: float, tried: list[Tried]
) -> _Result | None:
    """The first hypothesis that explains all that is left, else the one that explains most."""
    best: _Result | None = None
    base = tuple(change for h in assumed for change in h.changes)
    seen: set[str] = set()
    for case in cases(subject):
        for hypothesis in hypotheses(case):
            if hypothesis in assumed or repr(hypothesis.changes) in seen:
                continue
            seen.add(repr(hypothesis.changes))
            found, layout = _gap(subject, _played(subject, (*base, *hypothesis.changes)))
            result = _Result(hypothesis, found, layout, _layer_of(hypothesis, case))
            if not assumed:
                tried.append(Tried(hypothesis.cause, hypothesis.says, found))
            if _is_noise(subject, found):
                return result
            if best is None or found < best.gap:
                best = result
    return best


def _layer_of(hypothesis: Hypothesis, case: Case) -> Step:
    """The Keras layer that a cause is about: of several in a segment, the one it speaks of."""
    speaks_of = {
        "dropout": ("dropout", "spatial_dropout", "alpha_dropout", "gaussian_dropout"),
        "noise": ("gaussian_noise",),
        "zeropadding": ("pad",),
        "cropping": ("crop",),
    }.get(hypothesis.cause.partition("-")[0], ())
    found = (step for step in case.keras if KERAS.get(step.kind) in speaks_of)
    return next(found, case.keras[-1])


def _lost(subject: Subject) -> _Result | None:
    """A Keras step that the port has not: behind the layer, in front of it, or its bias."""
    values = _played(subject, ())
    steps = subject.match.keras_steps
    for place, step in enumerate(steps[:-1]):
        earlier = subject.earlier.get(step.name)
        if earlier is None:
            continue
        behind, ahead = steps[place + 1 :], steps[: place + 1]
        if subject.match.keras in ahead and values is not None:
            gap, layout = _gap(subject, values, earlier)
            if _is_noise(subject, gap):
                return _missing(behind, gap, layout)
        if subject.match.keras in behind:
            gap, layout = _gap(subject, _tried(partial(subject.play_on, earlier)))
            if _is_noise(subject, gap):
                return _missing(ahead, gap, layout)
    if subject.without_bias is not None and values is not None:
        gap, layout = _gap(subject, values, subject.without_bias())
        if _is_noise(subject, gap):
            layer = subject.match.keras
            says = f"without its bias, Keras's {layer.name} gives what the port gives"
            fix = f"{subject.match.torch[0].name}: bias=True, and add it"
            return _Result(Hypothesis("bias-missing", says, fix, ()), gap, layout, layer)
    return None


def _missing(steps: tuple[Step, ...], gap: float, layout: Layout) -> _Result:
    """Steps of Keras's without which both sides agree."""
    names = ", ".join(f"{step.name} ({step.kind})" for step in steps)
    says = f"both agree when Keras goes without {names}"
    cause = LOST.get(keras_word(steps[0]), "layer-missing")
    known = Hypothesis(cause, says, f"apply {names} as Keras does", ())
    return _Result(known, gap, layout, steps[0])


def keras_word(step: Step) -> str:
    return "activation" if is_activation(step) else KERAS.get(step.kind, step.kind)


def is_activation(step: Step) -> bool:
    return step.kind == "Activation" or KERAS.get(step.kind) in ACTIVATIONS.values()


def _tried(play: Callable[[], Array]) -> Array | None:
    """What a trial gives; None where it cannot be run so."""
    try:
        return play()
    except ModelError:
        return None


def _played(subject: Subject, changes: tuple[Change, ...]) -> Array | None:
    """The result under changes; None where the segment cannot be run so."""
    return _tried(lambda: subject.play(changes))


def _gap(subject: Subject, torch: Array | None, keras: Array | None = None) -> tuple[float, Layout]:
    """The largest difference in whatever layout fits best, and that layout; infinite in none."""
    wanted = subject.keras if keras is None else keras
    best = float("inf"), subject.layout
    if torch is None:
        return best
    for layout in (subject.layout, *relate.fitting(wanted.shape, torch.shape)):
        try:
            gap = difference(wanted, layout.to_keras(torch)).max_abs
        except (ValueError, IndexError):
            continue
        if gap < best[0]:
            best = float(gap), layout
    return best


def _is_noise(subject: Subject, gap: float) -> bool:
    return noise.ratio(gap, subject.noise) <= noise.LIMIT


def _finding(
    subject: Subject, before: float, results: list[_Result], tried: list[Tried]
) -> Finding:
    gap, causes = before, []
    for result in results:
        cause = CAUSES[result.hypothesis.cause]
        removed = 1.0 if not isfinite(gap) else 1 - result.gap / gap if gap else 0.0
        causes.append(
            Cause(
                result.hypothesis.cause,
                cause.says,
                result.hypothesis.says,
                result.hypothesis.fix,
                cause.entry,
                removed,
            )
        )
        gap = result.gap
    return Finding(
        keras=results[0].layer.name if results else subject.match.keras.name,
        torch=" + ".join(step.name for step in subject.match.torch),
        gate="forward",
        causes=tuple(causes),
        before=before,
        after=gap,
        tried=tuple(tried),
    )
