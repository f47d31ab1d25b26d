"""Compare all layers of two models, in the order of the data, and explain what differs alone."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from parity.checking import answering, elsewhere, subject
from parity.checking.own_time import OwnTime
from parity.diagnose import together
from parity.diagnose.search import Explained, explain
from parity.diagnose.wiring import miswired, untaken, with_results
from parity.errors import ModelError
from parity.gates import float32_leaks, forward, reconverging_segments, segment_values
from parity.gates.reconverging_segments import Piece, rejoined
from parity.gates.segment_values import Fitting, SegmentValues
from parity.mapping.flow import outside, told
from parity.mapping.plan import DTYPES, Fits, Plan
from parity.numerics.noise import LIMIT
from parity.records.budget import UNLIMITED, Budget
from parity.records.comparison import Dtype, Finding, GateResult, LayerCheck, Match, Step
from parity.sides.calls import TwoSides
from parity.sides.verbs import InTorch

Progress = Callable[[str], None]
SECONDS = 10.0  # for the causes of a layer whose weights have no place
UNPROVEN = (
    "the port does something here that its record does not tell (`.data`, NumPy, "
    "autocast, a compiled part, a closure over the module)"
)
LEFT_OUT = "the reference leaves out what Keras gives here; record it with --full"


@dataclass(frozen=True)
class Compared:
    """All layers of two models.

    lines     one a segment, in each dtype
    why       by Keras's layer, why it differs
    fits      the layouts that values chose
    narrow    the Keras layers that are computed in float32, whatever the dtype
    cut       why not all segments were compared, or ""
    """

    lines: dict[Dtype, list[LayerCheck]]
    why: dict[str, Explained]
    fits: Fits
    narrow: tuple[str, ...]
    cut: str = ""


@dataclass
class _Found:
    """What was found so far."""

    lines: dict[Dtype, list[LayerCheck]] = field(default_factory=lambda: {d: [] for d in DTYPES})
    why: dict[str, Explained] = field(default_factory=dict)
    fits: Fitting = field(default_factory=dict)
    narrow: list[str] = field(default_factory=list)
    broken: str = ""  # why the walk broke off


def compare_layers(
    plan: Plan,
    sides: TwoSides,
    progress: Progress = lambda name: None,
    budget: Budget = UNLIMITED,
    agrees: bool = False,
) -> Compared:
    """A line for every segment of the two models in each dtype, and findings for each that differs
    alone. progress: called with each Keras layer; agrees: do both models return the same? Then no
    layer is to blame, and few are run by themselves (`segment_values.along`)."""
    found = _Found(fits=dict(plan.fits))
    plan, unjudged = _judged(plan, sides)
    edges = _edges(plan)
    pieces: list[Piece] = []  # that begin with a segment that differs alone
    behind: set[str] = set()  # Keras's steps that depend on a layer which no rule is for
    loose: dict[int, str] = {}  # those whose values went through float32, by their numbers
    walk = _along(plan, sides, found, agrees)
    for number, met in enumerate(budget.lasting(walk)):
        progress(f"layers: {met.match.keras.name}")
        is_own, is_behind = _unknown(plan, met, behind)
        for dtype in DTYPES:
            line = _line(met, dtype, sides.keras.backend, [*plan.shown.keras])
            found.lines[dtype].append(forward.unknown(line, is_own) if is_behind else line)
        if met.evidence["float64"].is_narrow:
            found.narrow.append(met.match.keras.name)
        if _is_loose(met, loose.values()):
            loose[number] = met.match.keras_steps[-1].name
        if is_own:
            continue
        longer = [piece for one in pieces if (piece := one.with_next(number, met))]
        if any(_agrees_as_one(piece, found, edges[0], sides, plan.held) for piece in longer):
            pieces = []
            continue
        line = found.lines["float64"][-1]
        why = (
            _explained(plan, sides, met, line, found.fits, budget)
            if not agrees
            else _blameless(met)
        )
        if line.verdict == "differ" and _differs_alone(line):
            found.fits[met.match.keras_steps[-1].name] = [why.layout]  # on, behind the fix
        found.why[met.match.keras.name] = why
        if any(_explained_as_one(x, found, edges[0], plan, sides, budget) for x in longer):
            pieces = []
            continue
        pieces = [replace(one, changes=(*one.changes, *why.changes)) for one in longer]
        if _differs_alone(line):
            pieces.append(Piece((number,), (met,), why.changes))
    cut = _not_reached(plan, found, budget)
    parted = {n for n, x in enumerate(found.lines["float64"]) if (x.noise_ratio or 0.0) > LIMIT}
    blurred: dict[Dtype, set[int]] = {"float64": {*loose}, "float32": {*loose, *parted}}
    lines = {d: rejoined(lines, *edges, blurred[d]) for d, lines in found.lines.items()}
    for dtype in DTYPES:
        lines[dtype] += [segment_values.not_compared(match, why) for match, why in unjudged]
    apart = {x.keras for each in lines.values() for x in each if x.verdict != "pass"}
    alone = {x.keras for x in found.lines["float64"] if _differs_alone(x)}
    explained = elsewhere.doubted(found.why, plan.alignment.matches, alone)
    reasons = {name: one for name, one in explained.items() if name in apart}
    returned = plan.keras.results, plan.torch.results, answering.values(plan)
    reasons = with_results(reasons, *returned)
    return Compared(lines, reasons, found.fits, tuple(found.narrow), cut)


def foresee(plan: Plan, sides: TwoSides) -> None:
    """Ask Keras what it takes to explain a layer that has lost its bias."""
    plan, _ = _judged(plan, sides)
    for met in _along(plan, sides, _Found(fits=dict(plan.fits))):
        if names := subject.biases(met.match):
            subject.unbiased(sides, plan.held, met, names)


def _not_reached(plan: Plan, found: _Found, budget: Budget) -> str:
    """Add a line for each segment that the budget left no time for, or that cannot be run; what is
    to be said of it."""
    matches = [match for match in plan.alignment.matches if match.torch]
    left = matches[len(found.lines["float64"]) :]
    for lines in found.lines.values():
        lines += [segment_values.not_compared(match, found.broken or budget.told) for match in left]
    return f"{len(left)} not compared: {found.broken or budget.told}" if left else ""


def _judged(plan: Plan, sides: TwoSides) -> tuple[Plan, list[tuple[Match, str]]]:
    """The plan without the segments whose record was not proven, and these segments, each with why
    it is not compared."""
    left_out = set(plan.keras.unproven)
    unproven = set(plan.torch.unproven)
    held = plan.held, plan.shown.torch
    is_whole = not (plan.torch.error or plan.torch.short)
    if not unproven and is_whole and not sides.torch.call(InTorch.is_faithful, *held):
        unproven = {step.name for step in plan.torch.steps}
    if not unproven and not left_out:
        return plan, []
    apart, matches = [], []
    for match in plan.alignment.matches:
        if left_out.intersection(step.name for step in match.keras_steps):
            apart.append((match, LEFT_OUT))
        elif unproven.intersection(step.name for step in match.torch):
            apart.append((match, UNPROVEN))
        else:
            matches.append(match)
    return replace(plan, alignment=replace(plan.alignment, matches=tuple(matches))), apart


def _along(
    plan: Plan, sides: TwoSides, found: _Found, is_sparing: bool = False
) -> Iterator[SegmentValues]:
    """The segments, as far as both models can be run step by step in both dtypes."""
    try:
        yield from segment_values.along(plan, sides, found.fits, is_sparing)
    except ModelError as error:
        found.broken = str(error)


def _line(met: SegmentValues, dtype: Dtype, backend: str, inputs: Sequence[str]) -> LayerCheck:
    """The line of a segment; one that Keras computes in float32 in a float64 model says so.

    inputs: the names of the model's.
    """
    sources = [(told(theirs, inputs), told(ours, inputs)) for theirs, ours in met.other_sources]
    line = forward.line(met.evidence[dtype], sources)
    if dtype == "float32" or not met.evidence[dtype].is_narrow:
        return line
    known = [step.kind for step in met.match.keras_steps if step.is_narrow]
    kinds = " and ".join(known) or met.match.keras.kind
    note = float32_leaks.told(backend, f"this {kinds}")
    return replace(line, note="; ".join(filter(None, [note, line.note])))


def _unknown(plan: Plan, met: SegmentValues, behind: set[str]) -> tuple[bool, bool]:
    """Is a layer of this segment one that no rule is for; and does it depend on such a layer?"""
    steps = met.match.keras_steps
    is_own = bool({step.name for step in steps} & {name for name, _ in plan.ledger.unknown})
    is_behind = is_own or any(name.partition(":")[0] in behind for name in outside(steps))
    if is_behind:
        behind.update(step.name for step in steps)
    return is_own, is_behind


def _is_loose(met: SegmentValues, loose: Collection[str]) -> bool:
    """Is a segment computed in float32, or what it takes?"""
    taken = (name.partition(":")[0] for name in outside(met.match.keras_steps))
    return met.evidence["float64"].is_narrow or any(name in loose for name in taken)


def _agrees_as_one(
    piece: Piece, found: _Found, takers: list[list[int]], sides: TwoSides, key: str
) -> bool:
    """Does a piece agree that differs segment by segment? Then its lines say so.

    One that agrees as it is has no fault, whatever would mend one of its segments. Else faults of a
    segment's own are mended first, and are what is left to be told of it.
    """

    def apart(number: int) -> bool:
        return _differs_alone(found.lines["float64"][number])

    differing = [m for m, n in zip(piece.mets, piece.numbers, strict=True) if apart(n)]
    narrow = [met for met in piece.mets if met.evidence["float64"].is_narrow]
    if narrow and any(met not in narrow for met in differing):
        return False  # to float32's noise, it would tell nothing
    if not piece.is_closed(takers):
        return False
    has_faults = bool(piece.changes)
    as_it_is = _ends(replace(piece, changes=()), sides, key, is_strict=True) if has_faults else None
    ends = as_it_is or _ends(piece, sides, key)
    if ends is None:
        return False
    names = [met.match.keras.name for met in piece.mets]
    for number, name in zip(piece.numbers, names, strict=True):
        why = found.why.pop(name, None)
        if why is not None and why.intervened and not as_it_is:
            found.why[name] = replace(why, findings=why.intervened)
            continue
        for dtype, lines in found.lines.items():
            others = [other for other in names if other != name]
            lines[number] = forward.as_one(lines[number], ends[dtype], others)
    return True


def _ends(
    piece: Piece, sides: TwoSides, key: str, is_strict: bool = False
) -> dict[Dtype, LayerCheck] | None:
    """The lines of a piece's end, where it agrees. is_strict: as of `gather`."""
    gathered = reconverging_segments.gather(piece, sides, key, is_strict)
    if gathered is None:
        return None
    ends = {dtype: forward.line(gathered[dtype]) for dtype in DTYPES}
    return None if any(_differs_alone(line) for line in ends.values()) else ends


def _explained_as_one(
    piece: Piece,
    found: _Found,
    takers: list[list[int]],
    plan: Plan,
    sides: TwoSides,
    budget: Budget,
) -> bool:
    """Has a piece a cause, whose segments have none that mends them? Where a layer ends in the port
    is only supposed: what it does may stand among the steps of the next."""
    names = [met.match.keras.name for met in piece.mets]
    alone = {x.keras for x in found.lines["float64"] if _differs_alone(x)}
    left = [n for n in names if n in found.why and n in alone and not found.why[n].proofs]
    if not left or not piece.is_closed(takers) or budget.is_spent:
        return False
    evidence = reconverging_segments.gather(replace(piece, changes=()), sides, plan.held)
    if evidence is None:
        return False
    met = reconverging_segments.as_segment(piece, evidence)
    parts = tuple(one.match for one in piece.mets)
    why = explain(subject.of(plan, sides, met, budget, parts, found.fits), budget)
    if not why.proofs:
        return False
    for name in names:
        found.why.pop(name, None)
    found.why[names[-1]] = why
    found.fits[piece.mets[-1].match.keras_steps[-1].name] = [why.layout]
    return True


def _differs_alone(line: LayerCheck) -> bool:
    return (line.isolated_ratio or 0.0) > LIMIT


def _explained(
    plan: Plan,
    sides: TwoSides,
    met: SegmentValues,
    line: LayerCheck,
    fits: Fits,
    budget: Budget,
) -> Explained:
    """Why this layer differs; no finding where it only hands on what came in."""
    inputs = [*plan.shown.keras]
    if line.verdict == "differ" and _differs_alone(line):
        apart = subject.of(plan, sides, met, budget, fits=fits)
        # Of weights in none of the places that were tried, little can be told: that leaves the time
        # for their trial (`checking/trial`).
        is_open = plan.ledger.tried and _unplaced(plan, met) and not budget.is_spent
        clock = OwnTime(SECONDS) if is_open else budget
        why = untaken(apart, met.untaken, plan.torch.steps, inputs) or explain(apart, clock)
        named = any(finding.causes for finding in why.findings)
        # Of a layer whose weights have no place, the gate `weights` has told the reason. One that
        # is missing here may be done elsewhere, by weights that the port uses and that are left; or
        # where a port that raises did not come to.
        causes = {cause.cause for finding in why.findings for cause in finding.causes}
        is_unseen = plan.torch.error or (len(causes) == 1 and plan.ledger.has_used)
        is_shown = named and not (is_unseen and "layer-missing" in causes)
        return why if is_shown or not _unplaced(plan, met) else replace(why, findings=())
    if line.verdict == "differ" and met.other_sources:
        before, after = line.max_abs or 0.0, line.isolated_max_abs or 0.0
        values = answering.values(plan)
        steps = plan.torch.steps
        found = met.match, met.other_sources, before, after, met.layout
        turned = [pair for pair in met.other_sources if _are_unlike(fits, *pair)]
        return miswired(*found, values, steps, inputs, turned)
    return _blameless(met)


def _are_unlike(fits: Fits, one: str, other: str) -> bool:
    """Does the port hold two of Keras's values in different layouts?"""
    return one in fits and other in fits and fits[one][0] != fits[other][0]


def _blameless(met: SegmentValues) -> Explained:
    return Explained((), met.layout)


def causes(found: Compared, layers: Sequence[Step]) -> tuple[Finding, ...]:
    """The findings in the order of Keras's layers, those that belong together as one."""
    return tuple(together.joined([x for why in found.why.values() for x in why.findings], layers))


def agreeing(found: Compared) -> set[str]:
    """The Keras layers whose lines passed in every dtype."""
    apart = {x.keras for lines in found.lines.values() for x in lines if x.verdict != "pass"}
    return {x.keras for lines in found.lines.values() for x in lines} - apart


def differing(found: Compared) -> set[str]:
    """The Keras layers that differ by themselves."""
    return {x.keras for x in found.lines["float64"] if _differs_alone(x)}


def judged(plan: Plan, found: Compared, dtype: Dtype) -> GateResult:
    gate = forward.judge(dtype, found.lines[dtype], not plan.alignment.keras_left)
    return replace(gate, note="; ".join(filter(None, [gate.note, found.cut])))


def _edges(plan: Plan) -> tuple[list[list[int]], set[int]]:
    """For each segment those that take its result; and which give results of the whole model."""
    matches = [match for match in plan.alignment.matches if match.torch]
    taken = [outside(match.keras_steps) for match in matches]
    results = [match.keras_steps[-1].name for match in matches]
    after = [[j for j, names in enumerate(taken) if name in names] for name in results]
    ends = {name.partition(":")[0] for name in plan.keras.results}
    return after, {i for i, name in enumerate(results) if name in ends or not after[i]}


def _unplaced(plan: Plan, met: SegmentValues) -> bool:
    """Has a weight of this segment no place in the port?"""
    placed = {line.keras.name for line in plan.ledger.lines}
    placed |= {name for name, _ in plan.ledger.set_aside}
    weights = (v for s in met.match.keras_steps for v in s.variables if v.kind == "weight")
    return any(weight.name not in placed for weight in weights)
