"""Explain a difference in what is returned, where all layers agree: which value it is instead."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from parity.checking.output import Answered
from parity.diagnose.causes import CAUSES
from parity.errors import ModelError
from parity.gates import output, returned_values
from parity.gates.returned_values import Pairing, Run
from parity.mapping import activation_layouts
from parity.mapping.layout_moves import CHANNELS, TIME_FIRST
from parity.mapping.plan import Plan
from parity.numerics import noise
from parity.numerics.difference import largest
from parity.records.answers import Answer
from parity.records.comparison import Array, Cause, Dtype, Finding, LayerCheck, Step
from parity.records.interventions import Change
from parity.sides.calls import TwoSides
from parity.sides.verbs import Walks

# By a layout's name, what returns a value as Keras does.
STABLE = "F.softplus, torch.softmax, torch.logsumexp or torch.sigmoid: they bound what exp takes"
TURNS = {CHANNELS.name: ".movedim(1, -1)", TIME_FIRST.name: ".transpose(0, 1)"}


@dataclass(frozen=True)
class Mistaken:
    """What is wrong with what is returned.

    changes: what returns the right values; is_whole: do these mend all that was found? is_run: was
    the port run otherwise to find it, and returned the right values then? is_single: is it about
    the one value that is returned?
    """

    findings: tuple[Finding, ...] = ()
    changes: tuple[Change, ...] = ()
    is_whole: bool = False
    is_run: bool = False
    is_single: bool = False


@dataclass(frozen=True)
class _Why:
    """Why a returned value differs, and what returns the right one; see Mistaken."""

    cause: Cause
    changes: tuple[Change, ...] = ()
    is_run: bool = False


def findings(plan: Plan, sides: TwoSides, answers: Answered) -> Mistaken:
    """Why a returned value differs, where it is what is returned and not how it is computed."""
    return _each(answers, lambda at: (*_forgotten(at, answers), *_mistaken(at, plan, sides)))


def others(plan: Plan, sides: TwoSides, answers: Answered) -> Mistaken:
    """Why it differs, where no layer's difference was explained."""
    return _each(
        answers,
        lambda at: (
            *_kept(at, answers),
            *_other(at, plan, sides),
        ),
    )


@dataclass(frozen=True)
class _At:
    """A returned value that differs, on a draw and in a dtype where it does. is_narrow: is it
    computed in float32 whatever the dtype?"""

    pairing: Pairing
    run: Run
    dtype: Dtype
    name: str  # Keras's
    wanted: Array
    got: Array | None
    line: LayerCheck
    is_narrow: bool

    def is_wanted(self, value: Array) -> bool:
        return self.are_equal(self.wanted, value)

    def is_got(self, value: Array) -> bool:
        return self.got is not None and self.are_equal(self.got, value)

    def is_repeated(self, before: Array) -> bool:
        """Did the port give this at an earlier call, too? A NaN or an infinity in the same place
        is the same."""
        if self.got is None or self.got.shape != before.shape:
            return False
        finite, was_finite = np.isfinite(self.got), np.isfinite(before)
        return np.array_equal(finite, was_finite) and self.are_equal(
            np.where(finite, self.got, 0), np.where(finite, before, 0)
        )

    def are_equal(self, one: Array, other: Array) -> bool:
        """In any layout that shapes allow, and what the port does."""
        level = self._level()
        layouts = returned_values.layouts(one.shape, other.shape, self.run)
        gaps = (largest(one, activation_layouts.to_keras(layout, other)) for layout in layouts)
        return any(noise.ratio(gap, level) <= noise.LIMIT for gap in gaps)

    def _level(self) -> float:
        place = self.pairing.ours or 0
        both = [self.run.keras[dtype].parts[place].value for dtype in self.run.dtypes()]
        wide, narrow = both[0], both[-1]
        if wide is None or narrow is None:
            return 0.0
        dtype: Dtype = "float32" if self.is_narrow else self.dtype
        return noise.scaled(noise.level(narrow, wide), dtype)


def _each(answers: Answered, explain: Callable[[_At], Iterable[_Why]]) -> Mistaken:
    """A finding for each returned value that differs and is explained."""
    run = answers.runs[-1]
    if answers.differing is None or not run.dtypes():
        return Mistaken()
    found, changes, runs = [], [], []
    pairings = returned_values.pairings(run.keras["float32"], run.torch["float32"])
    for pairing in pairings:
        at = _at(pairing, run, answers)
        why = next(iter(explain(at)), None) if at is not None else None
        if at is not None and why is not None:
            before = np.inf if at.line.max_abs is None else at.line.max_abs
            found.append(Finding(at.line.keras, at.line.torch, "output", (why.cause,), before, 0.0))
            changes.append(why.changes)
            runs.append(why.is_run)
    every = tuple(change for each in changes for change in each)
    is_whole, is_run = bool(found) and all(changes), bool(runs) and all(runs)
    return Mistaken(tuple(found), every, is_whole, is_run, len(pairings) == 1)


def _at(pairing: Pairing, run: Run, answers: Answered) -> _At | None:
    if pairing.ours is None:
        return None
    for dtype in run.dtypes():
        line = output.compare(pairing, run, dtype, answers.runs[0], answers.is_narrow).line
        mine = run.keras[dtype].parts[pairing.ours]
        if line.verdict == "differ" and mine.value is not None:
            parts = run.torch[dtype].parts
            is_there = pairing.theirs is not None and pairing.theirs < len(parts)
            got = parts[pairing.theirs or 0].value if is_there else None
            name = mine.key or mine.path or "the output"
            return _At(pairing, run, dtype, name, mine.value, got, line, answers.is_narrow)
    return None


def _forgotten(at: _At, answers: Answered) -> Iterator[_Why]:
    """The port answers a second call in a row as it would a first, and Keras does not."""
    mine, other = _first_call(at, answers)
    if mine is not None and other is not None and at.is_got(other) and not at.is_wanted(mine):
        yield _cause(
            "state-lost",
            "Keras's second call goes on from the state that the first one left (stateful=True), "
            "the port's starts anew",
            "keep the state in the module, and hand it to the layer at the next call",
        )


def _kept(at: _At, answers: Answered) -> Iterator[_Why]:
    """Keras answers a second call in a row as it would a first, and the port does not."""
    mine, other = _first_call(at, answers)
    if mine is not None and other is not None and at.is_wanted(mine) and not at.is_repeated(other):
        yield _cause(
            "state-kept",
            "the port answers otherwise after an earlier call; Keras does not",
            "change no buffer, weight or attribute in forward at inference",
        )


def _first_call(at: _At, answers: Answered) -> tuple[Array | None, Array | None]:
    """Where the value is one of a second call: what both sides gave at the first for its
    samples."""
    if at.run.call == 0 or at.pairing.theirs is None or answers.differing is None:
        return None, None
    before = answers.runs[-2]
    mine = before.keras[at.dtype].parts[at.pairing.ours or 0].value
    other = before.torch[at.dtype].parts[at.pairing.theirs].value
    order = answers.differing.order
    if order is None or mine is None or other is None:
        return mine, other
    if {mine.shape[:1], other.shape[:1]} != {order.shape}:
        return None, None
    return mine[order], other[order]


def _turned(at: _At) -> Iterator[_Why]:
    """The right value with its axes in another order, which nothing that the port does calls for:
    shapes do not tell."""
    if at.got is None or at.run.is_turned:
        return
    for layout in activation_layouts.fitting(at.wanted.shape, at.got.shape):
        if layout.name in TURNS and at.is_wanted(activation_layouts.to_keras(layout, at.got)):
            says = f"the port returns {at.name} with its axes in another order: {layout.name}"
            yield _cause("axis-order", says, f"return y{TURNS[layout.name]}", is_run=True)


def _mistaken(at: _At, plan: Plan, sides: TwoSides) -> Iterator[_Why]:
    yield from _turned(at)
    torch = at.run.torch[at.dtype]
    for place, part in enumerate(torch.parts):
        is_other = place != at.pairing.theirs and not _is_right(place, at)
        if is_other and part.value is not None and at.is_wanted(part.value):
            yield _exchanged(at, torch, place, plan)
    if at.dtype == "float32" and "float64" in at.run.dtypes():
        yield _out_of_range(at, plan, sides) or _cause(
            "dtype",
            "the port's float32 pass rounds as a coarser type does (autocast, half or bfloat16); "
            "its float64 pass agrees",
            "compute in float32: leave torch.autocast and .half() out",
            _without_autocast(plan),
        )
    strange = _stands_in(at, plan)
    living = () if strange is None else plan.torch.steps
    yield from _unreturned(at, (*living, *plan.torch.dead), plan, sides)
    if strange is not None and not _value(at.pairing.theirs or 0, torch, plan):  # no step gives it
        yield strange


def _out_of_range(at: _At, plan: Plan, sides: TwoSides) -> _Why | None:
    """A step that leaves the range of float32, where float64 has room; None where none does."""
    if at.got is None or np.isfinite(at.got).all() or not np.isfinite(at.wanted).all():
        return None
    for step, value in _values(plan, sides, plan.torch.steps, at.dtype):
        if not np.isfinite(value).all():
            says = f"{step.name} leaves the range of float32; the port's float64 pass agrees"
            return _cause("out-of-range", says, STABLE)
    return None


def _without_autocast(plan: Plan) -> tuple[Change, ...]:
    """Of the steps that a replay does not prove, as autocast casts for them in a pass alone."""
    taken = (step for step in plan.torch.steps if step.name in plan.torch.unproven and step.inputs)
    return tuple(Change(step.name, "call", "without_autocast") for step in taken)


def _stands_in(at: _At, plan: Plan) -> _Why | None:
    """What the port returns that it has not computed: a constant, or an input."""
    if at.got is not None and at.got.size > 1 and at.got.min() == at.got.max():
        says = f"the port returns {at.got.flat[0]:g} throughout"
        return _cause("constant-returned", says, f"return {at.name}")
    for name, array in plan.shown.torch.items():
        if array.dtype.kind == "f" and at.is_got(array):
            says = f"the port returns its input {name} as it is"
            return _cause("input-returned", says, f"return {at.name}")
    return None


def _is_right(place: int, at: _At) -> bool:
    """Does the port return at this place what stands there in Keras? Then it is no other's."""
    keras, torch = at.run.keras[at.dtype], at.run.torch[at.dtype]
    found = returned_values.pairings(keras, torch)
    ours = next((pairing.ours for pairing in found if pairing.theirs == place), None)
    mine, other = None if ours is None else keras.parts[ours].value, torch.parts[place].value
    return mine is not None and other is not None and at.are_equal(mine, other)


def _other(at: _At, plan: Plan, sides: TwoSides) -> Iterator[_Why]:
    yield from _unreturned(at, plan.torch.steps, plan, sides)
    if (why := _stands_in(at, plan)) is not None:
        yield why


def _unreturned(at: _At, steps: Sequence[Step], plan: Plan, sides: TwoSides) -> Iterator[_Why]:
    """The right value, which one of these steps gives, and what the port returns in its place."""
    for step, value in _values(plan, sides, steps[::-1], at.dtype):
        if at.is_wanted(value):
            why = _stands_in(at, plan) or _cause(
                "not-returned",
                f"the port computes {at.name} as `{step.name}`, and does not return it",
                f"return the value of `{step.name}`",
            )
            yield replace(why, changes=_returning(at, step.name))


def _returning(at: _At, value: str) -> tuple[Change, ...]:
    """What returns this value of the pass at the place of what is returned."""
    torch = at.run.torch[at.dtype]
    if not value or (at.pairing.theirs is None and torch.container == "dict"):
        return ()
    part = returned_values.part_of(torch, at.pairing.theirs)
    place = f"[{at.pairing.ours}]" if part is None else part.path
    return (Change("", "result", value, place),)


def _value(place: int, torch: Answer, plan: Plan) -> str:
    """The value of the pass that is returned at a place; "" where that is not known."""
    parts = [part for part in torch.parts if part.kind == "tensor"]
    if torch.container == "dict":  # as a trace lists what is returned
        parts.sort(key=lambda part: part.key)
    if len(parts) != len(plan.torch.results):
        return ""
    named = dict(zip((part.path for part in parts), plan.torch.results, strict=True))
    return named.get(torch.parts[place].path, "")


def _exchanged(at: _At, torch: Answer, place: int, plan: Plan) -> _Why:
    name = at.name
    other = torch.parts[place].key or torch.parts[place].path
    several = [part.value for part in torch.parts if part.value is not None]
    is_twice = any(
        a.shape == b.shape and np.array_equal(a, b)
        for number, a in enumerate(several)
        for b in several[:number]
    )
    if is_twice:
        says = f"the port returns one value twice; Keras's {name} is what stands at {other}"
        return _cause("output-twice", says, "return each output once, in Keras's order")
    says = f"the outputs are exchanged: Keras's {name} is what the port returns as {other}"
    changes = _returning(at, _value(place, torch, plan))
    return _cause("outputs-exchanged", says, "return the outputs in Keras's order", changes)


def _values(
    plan: Plan, sides: TwoSides, steps: Sequence[Step], dtype: Dtype
) -> Iterator[tuple[Step, Array]]:
    """What some of the port's steps give."""
    names = [step.name for step in steps]
    try:
        sides.torch.call(Walks.begin, plan.held, names)
        values = sides.torch.call(Walks.reach, plan.held, names)
    except ModelError:
        return
    for step, value in zip(steps, values, strict=True):
        yield step, value[dtype]


def _cause(
    cause: str, says: str, fix: str, changes: tuple[Change, ...] = (), is_run: bool = False
) -> _Why:
    known = CAUSES[cause]
    return _Why(Cause(cause, known.says, says, fix, known.entry, 1.0), changes, is_run)
