"""Find the cause of a difference: try hypotheses, one change at a time, and measure each.

A segment that differs alone is run again on Keras's own input under each hypothesis. The one that
brings its difference down to rounding noise is the cause. Where none does alone, those that remove
most are taken for granted in turn, and the search goes on from there: a layer may have two faults.
Every segment is fed by Keras, so faults in other layers do not matter.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
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
WAYS = 3  # to explain a part, that are followed further

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


_Way = tuple[_Result, ...]  # assumed together, one after the other


@dataclass(frozen=True)
class Explained:
    """Why a segment differs.

    findings    one for each layer that has a cause, or one that says what was tried in vain
    layout      of the mended result
    changes     what mends it, as far as that is a change of the port's steps
    intervened  the findings of those changes: the others are of steps that Keras alone has
    """

    findings: tuple[Finding, ...]
    layout: Layout
    changes: tuple[Change, ...] = ()
    intervened: tuple[Finding, ...] = ()


def explain(subject: Subject) -> Explained:
    """The causes of a difference, or what was tried in vain."""
    before, _ = _gap(subject, _played(subject, ()))
    lost = _lost(subject)
    if lost is not None:
        return Explained(_findings(subject, before, (lost,), []), lost.layout)
    tried: list[Tried] = []
    ways: list[_Way] = [()]
    for _ in range(MOST_FAULTS):
        longer: list[_Way] = []
        for way in _longer(subject, ways, tried):
            if _is_noise(subject, way[-1].gap):
                return _explained(subject, before, way, tried)
            longer.append(way)
        ways = sorted(longer, key=lambda way: way[-1].gap)[:WAYS]
    return Explained(_findings(subject, before, (), tried), subject.layout)


def _explained(subject: Subject, before: float, way: _Way, tried: list[Tried]) -> Explained:
    shown = tuple(result for result in way if result.hypothesis.changes)
    return Explained(
        _findings(subject, before, way, tried),
        way[-1].layout,
        tuple(change for result in shown for change in result.hypothesis.changes),
        _findings(subject, before, shown, tried) if shown else (),
    )


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


def _longer(subject: Subject, ways: list[_Way], tried: list[Tried]) -> Iterator[_Way]:
    """Each way with one more hypothesis, the way itself being taken for granted."""
    seen: set[str] = set()
    for way in ways:
        base = tuple(change for result in way for change in result.hypothesis.changes)
        for case, hypothesis in _distinct(subject):
            changes = (*base, *hypothesis.changes)
            known = repr(sorted(map(repr, changes)))
            if known in seen or set(map(repr, hypothesis.changes)) & set(map(repr, base)):
                continue
            seen.add(known)
            values = _played(subject, changes)
            gap, layout = _gap(subject, values)
            result = _Result(hypothesis, gap, layout, _layer_of(hypothesis, case))
            if not way:
                tried.append(Tried(hypothesis.cause, hypothesis.says, gap))
            yield (*way, result)
            lost = None if _is_noise(subject, gap) else _lost_after(subject, values)
            if lost is not None:
                yield (*way, replace(result, gap=lost.gap), lost)


def _distinct(subject: Subject) -> Iterator[tuple[Case, Hypothesis]]:
    seen: set[str] = set()
    for case in cases(subject):
        for hypothesis in hypotheses(case):
            if repr(hypothesis.changes) not in seen:
                seen.add(repr(hypothesis.changes))
                yield case, hypothesis


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
    return _lost_after(subject, _played(subject, ())) or _lost_ahead(subject)


def _lost_after(subject: Subject, values: Array | None) -> _Result | None:
    """Keras's bias, or its steps behind the layer, if the port's values are those without them."""
    return _lost_behind(subject, values) or _lost_bias(subject, values)


def _lost_bias(subject: Subject, values: Array | None) -> _Result | None:
    if subject.without_bias is None or values is None:
        return None
    gap, layout = _gap(subject, values, subject.without_bias())
    if not _is_noise(subject, gap):
        return None
    layer = subject.match.keras
    says = "without its bias, Keras's layer gives what the port gives"
    fix = f"{subject.match.torch[0].name}: bias=True, and add it"
    return _Result(Hypothesis("bias-missing", says, fix, ()), gap, layout, layer)


def _lost_behind(subject: Subject, values: Array | None) -> _Result | None:
    """Keras's steps behind the layer, if the port's values are those in front of them; as few as
    will do."""
    steps = subject.match.keras_steps
    for place in reversed(range(steps.index(subject.match.keras), len(steps) - 1)):
        earlier = subject.earlier.get(steps[place].name)
        if earlier is not None and values is not None:
            gap, layout = _gap(subject, values, earlier)
            if _is_noise(subject, gap):
                return _missing(steps[place + 1 :], gap, layout)
    return None


def _lost_ahead(subject: Subject) -> _Result | None:
    """Keras's steps in front of the layer, if the port agrees when fed with what they give."""
    steps = subject.match.keras_steps
    for place in range(steps.index(subject.match.keras)):
        earlier = subject.earlier.get(steps[place].name)
        if earlier is not None:
            gap, layout = _gap(subject, _tried(partial(subject.play_on, earlier)))
            if _is_noise(subject, gap):
                return _missing(steps[: place + 1], gap, layout)
    return None


def _missing(steps: tuple[Step, ...], gap: float, layout: Layout) -> _Result:
    """Steps of Keras's without which both sides agree."""
    names = ", ".join(f"{step.name} ({step.kind})" for step in steps)
    says = f"both agree when Keras goes without {names}"
    cause = LOST.get(keras_word(steps[0]), "layer-missing")
    cause = "softmax-missing" if _is_softmax(steps[0]) else cause
    subject = steps[0].activation or KERAS.get(steps[0].kind, "")
    known = Hypothesis(cause, says, f"apply {names} as Keras does", (), subject)
    return _Result(known, gap, layout, steps[0])


def keras_word(step: Step) -> str:
    return "activation" if is_activation(step) else KERAS.get(step.kind, step.kind)


def is_activation(step: Step) -> bool:
    return step.kind == "Activation" or KERAS.get(step.kind) in ACTIVATIONS.values()


def _is_softmax(step: Step) -> bool:
    return "softmax" in (KERAS.get(step.kind), step.activation)


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


def _findings(
    subject: Subject, before: float, way: _Way, tried: list[Tried]
) -> tuple[Finding, ...]:
    """One for each layer that a cause is about, in the order of the layers."""
    names = [step.name for step in subject.match.keras_steps]
    causes: dict[str, list[Cause]] = {}
    gap = before
    for result in way:
        causes.setdefault(result.layer.name, []).append(_cause(result, gap))
        gap = result.gap
    torch = " + ".join(step.name for step in subject.match.torch)
    return tuple(
        Finding(name, torch, "forward", tuple(causes.get(name, ())), before, gap, tuple(tried))
        for name in sorted(causes, key=names.index) or [subject.match.keras.name]
    )


def _cause(result: _Result, before: float) -> Cause:
    """With the share of the difference that it removes."""
    known, own = CAUSES[result.hypothesis.cause], result.hypothesis
    removed = 1.0 if not isfinite(before) else 1 - result.gap / before if before else 0.0
    return Cause(own.cause, known.says, own.says, own.fix, known.entry, removed, own.subject)
