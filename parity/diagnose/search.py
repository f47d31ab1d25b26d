"""Find the cause of a difference: try hypotheses, one change at a time, and measure each.

A segment that differs alone is run again on Keras's own input under each hypothesis. The one that
brings its difference down to rounding noise is the cause. Where none does alone, those that remove
most are taken for granted in turn, and the search goes on from there: a layer may have two faults.
Every segment is fed by Keras, so faults in other layers do not matter.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from math import isfinite

from parity.diagnose import (
    looked_up,
    lost,
    other_functions,
    other_numbers,
    scaled,
    several,
    tables,
    unfit,
)
from parity.diagnose.causes import CAUSES
from parity.diagnose.differing_segment import DifferingSegment, Result, gap_of, is_noise, played
from parity.diagnose.hypotheses import MOST, hypotheses
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.mapping.rules.operations import KERAS
from parity.records.budget import UNLIMITED, Budget
from parity.records.comparison import Cause, Finding, Layout, Match, Step, Tried
from parity.records.interventions import Change

MOST_FAULTS = 3  # in one segment
# What the port does of its own.
EXTRA = {"layer-extra", "bias-extra", "activation-extra", "mha-mask-extra"}
FURTHER = 40  # hypotheses a case, beside what is taken for granted
WAYS = 3  # to explain a part, that are followed further


_Way = tuple[Result, ...]  # assumed together, one after the other


@dataclass(frozen=True)
class Proof:
    """A cause, and the changes of the port's steps that mend it."""

    cause: Cause
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Explained:
    """Why a segment differs.

    findings    one for each layer that has a cause, or one that says what was tried in vain
    layout      of the mended result
    proofs      of the causes that are mended by changes of the port's steps
    intervened  the findings of those: the others are of steps that Keras alone has
    vain        what was tried beside them
    """

    findings: tuple[Finding, ...]
    layout: Layout
    proofs: tuple[Proof, ...] = ()
    intervened: tuple[Finding, ...] = ()
    vain: tuple[Result, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        return tuple(change for proof in self.proofs for change in proof.changes)

    def beside(self, other: "Explained") -> "Explained":
        """With further causes of the segment, as those that show once these are mended."""
        findings = {finding.keras: finding for finding in self.findings}
        for finding in (finding for finding in other.findings if finding.causes):
            old = findings.get(finding.keras, finding)
            known = {(one.cause, one.says) for one in old.causes} if old is not finding else set()
            further = (one for one in finding.causes if (one.cause, one.says) not in known)
            causes = finding.causes if old is finding else (*old.causes, *further)
            findings[finding.keras] = replace(old, causes=causes, after=finding.after)
        every = tuple(findings.values())
        return Explained(every, other.layout, (*self.proofs, *other.proofs), every)

    def only(self, proofs: Sequence[Proof]) -> "Explained":
        """With these causes alone, and the findings that have one of them."""
        kept = {(proof.cause.cause, proof.cause.says) for proof in proofs}

        def left(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
            each = [
                replace(x, causes=tuple(y for y in x.causes if (y.cause, y.says) in kept))
                for x in findings
            ]
            return tuple(finding for finding in each if finding.causes)

        found, intervened = left(self.findings), left(self.intervened)
        return Explained(found, self.layout, tuple(proofs), intervened, self.vain)


def explain(subject: DifferingSegment, budget: Budget = UNLIMITED) -> Explained:
    """The causes of a difference, or what was tried in vain before the budget was spent."""
    before, _ = gap_of(subject, played(subject, ()))
    if is_noise(subject, before):
        return Explained((), subject.layout)
    missing = None if budget.is_spent else lost.lost(subject, budget)
    if missing is not None and missing.hypothesis.changes:
        return _explained(subject, before, (missing,), [])
    tried: list[Result] = []
    lacking: list[Result] = []
    ways: list[_Way] = [()]
    for faults in range(1 if subject.parts or missing else MOST_FAULTS):
        longer: list[_Way] = []
        for way in _longer(subject, ways, tried, budget, missing is not None):
            if is_noise(subject, way[-1].gap):
                # One number tells more than a step too many beside one that is missing.
                by_number = _by_number(subject, budget) if len(way) > 1 else None
                return _explained(subject, before, (by_number,) if by_number else way, tried)
            longer.append(way)
        ways = sorted(longer, key=lambda way: (way[-1].gap, way[-1].hypothesis.is_tried))[:WAYS]
        if not faults:
            lacking = [*lost.ahead(subject, budget)]
            # Without Keras's weights, where they have another shape, nothing else mends it.
            others = [x for x in tried if any(c.name == unfit.CHANGE for c in x.hypothesis.changes)]
            ways += [way for result in (*lacking, *others) if (way := (result,)) not in ways]
    if missing is None and not subject.parts:
        found = several.together(subject, [*lacking, *tried], budget)
        if found is not None:
            return _explained(subject, before, found, tried)
    if missing is not None:  # of a person's own, which may do no more than to scale
        return _explained(subject, before, (scaled.scaled(subject) or missing,), [])
    by_number = None if budget.is_spent else _by_number(subject, budget)
    if by_number is None and not budget.is_spent:
        by_number = tables.solved(subject, budget) or looked_up.solved(subject, budget)
        by_number = by_number or other_functions.solved(subject)
    if by_number is not None:
        return _explained(subject, before, (by_number,), tried)
    vain = _findings(subject, before, (), tried)
    if budget.is_spent:
        vain = tuple(replace(finding, unfinished=budget.told) for finding in vain)
    return Explained(vain, subject.layout, vain=tuple(tried))


def _by_number(subject: DifferingSegment, budget: Budget) -> Result | None:
    """One number that makes the port's values Keras's: in one of its steps, or of the whole."""
    of_whole, number = scaled.scaled(subject), other_numbers.numbered(subject, budget)
    if number is None or of_whole is None:
        return number or of_whole
    cause = of_whole.hypothesis.cause
    return replace(number, hypothesis=replace(number.hypothesis, cause=cause))


def _explained(
    subject: DifferingSegment, before: float, way: _Way, tried: list[Result]
) -> Explained:
    shown = tuple(result for result in way if result.hypothesis.changes)
    return Explained(
        _findings(subject, before, way, tried),
        way[-1].layout,
        tuple(
            Proof(cause, result.hypothesis.changes)
            for result, cause in _causes(subject, before, shown)
        ),
        _findings(subject, before, shown, tried) if shown else (),
        tuple(tried),
    )


def cases(subject: DifferingSegment) -> Iterator[Case]:
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


def _longer(
    subject: DifferingSegment,
    ways: list[_Way],
    tried: list[Result],
    budget: Budget,
    is_missing: bool = False,
) -> Iterator[_Way]:
    """Each way with one more hypothesis, the way itself being taken for granted.

    is_missing: is it known what the port lacks, though not proven?
    """
    seen: set[str] = set()
    for way in ways:
        base = tuple(change for result in way for change in result.hypothesis.changes)
        for case, hypothesis in budget.lasting(_distinct(subject, FURTHER if way else MOST)):
            changes = (*base, *hypothesis.changes)
            known = repr(sorted(map(repr, changes)))
            if known in seen or set(map(repr, hypothesis.changes)) & set(map(repr, base)):
                continue
            seen.add(known)
            values = played(subject, changes)
            gap, layout = gap_of(subject, values)
            layer = _layer_of(hypothesis, case, subject.parts)
            result = Result(hypothesis, gap, layout, layer)
            if not way:
                tried.append(result)
            yield (*way, result)
            is_over = is_missing or is_noise(subject, gap)
            # What either side does of its own is no cause: without both, all agree. A bias is.
            behind = lost.bias if hypothesis.cause == "layer-extra" else lost.after
            missing = None if is_over else behind(subject, values, changes)
            own = EXTRA.intersection(one.hypothesis.cause for one in (*way, result))
            if missing is None or not (missing.hypothesis.changes or not own):
                continue
            whole = replace(result, gap=missing.gap)
            if missing.hypothesis.cause == "bias-missing":
                # It is added first: a softmax that is lost, too, takes what it gives.
                yield (replace(missing, gap=gap), *way, whole)
            else:
                yield (*way, whole, missing)


def _distinct(subject: DifferingSegment, most: int) -> Iterator[tuple[Case, Hypothesis]]:
    seen: set[str] = set()
    for case in cases(subject):
        for hypothesis in islice(hypotheses(case), most):
            if repr(hypothesis.changes) not in seen:
                seen.add(repr(hypothesis.changes))
                yield case, hypothesis


def _layer_of(hypothesis: Hypothesis, case: Case, parts: Sequence[Match] = ()) -> Step:
    """The Keras layer that a cause is about: of several in a segment, the one it speaks of."""
    if len(parts) > 1:
        return _layer_beside(hypothesis.changes[0].step, parts)
    speaks_of = {
        "dropout": ("dropout", "spatial_dropout", "alpha_dropout", "gaussian_dropout"),
        "noise": ("gaussian_noise",),
        "zeropadding": ("pad",),
        "cropping": ("crop",),
    }.get(hypothesis.cause.partition("-")[0], ())
    found = (step for step in case.keras if KERAS.get(step.kind) in speaks_of)
    return next(found, case.keras[-1])


def _layer_beside(name: str, parts: Sequence[Match]) -> Step:
    """The Keras layer where a torch step stands: what is done ahead of the weights of one part
    belongs to the last layer of the part before it."""
    before = parts[0]
    for part in parts:
        names = [step.name for step in part.torch]
        if name in names:
            weights = (place for place, step in enumerate(part.torch) if step.variables)
            is_ahead = names.index(name) < next(weights, 0)
            return before.keras_steps[-1] if is_ahead and part is not before else part.keras
        before = part
    return parts[-1].keras


def _findings(
    subject: DifferingSegment, before: float, way: _Way, tried: list[Result]
) -> tuple[Finding, ...]:
    """One for each layer that a cause is about, in the order of the layers."""
    names = [step.name for step in subject.match.keras_steps]
    causes: dict[str, list[Cause]] = {}
    for result, cause in _causes(subject, before, way):
        causes.setdefault(result.layer.name, []).append(cause)
    gap = way[-1].gap if way else before
    torch = " + ".join(step.name for step in subject.match.torch)
    vain = tuple(Tried(x.hypothesis.cause, x.hypothesis.says, x.gap) for x in tried)
    return tuple(
        Finding(name, torch, "forward", tuple(causes.get(name, ())), before, gap, vain)
        for name in sorted(causes, key=names.index) or [subject.match.keras.name]
    )


def _causes(subject: DifferingSegment, before: float, way: _Way) -> Iterator[tuple[Result, Cause]]:
    for result in way:
        yield result, _cause(subject, result, before)
        before = result.gap


def _cause(subject: DifferingSegment, result: Result, before: float) -> Cause:
    """With the share of the difference that it removes."""
    removed = 1.0 if not isfinite(before) else 1 - result.gap / before if before else 0.0
    return named(result.hypothesis, removed, subject.match.torch)


def named(own: Hypothesis, removed: float, steps: Sequence[Step]) -> Cause:
    """The cause that a hypothesis is about, which is changed among these steps."""
    known, where = CAUSES[own.cause], own.where(steps)
    return Cause(own.cause, known.says, own.says, own.fix, known.entry, removed, own.subject, where)
