"""A number in the port's own steps that is another in Keras: a temperature, an offset in a log; or
one that it lacks, as exp(x) for exp(x / 2).

It is sought on one value, in a few steps along a secant, and has to serve for all the others. One
that nobody would write down, of many digits, is none.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from parity.diagnose import writing
from parity.diagnose.differing_segment import DifferingSegment, Result, gap_of, is_noise, played
from parity.diagnose.hypothesis import Hypothesis
from parity.diagnose.reading import figure
from parity.diagnose.written import shortest
from parity.numerics.difference import wide
from parity.records.budget import UNLIMITED, Budget
from parity.records.comparison import Array, Step
from parity.records.interventions import Change

CAUSE = "number"
FEWEST = 4  # values that the same number has to serve for
MOST = 24  # numbers
LOOPED = 3  # calls of one place, from which on it is one of a loop
STEPS = 16  # along the secant
NEAR = 1.01  # times the number that stands there, to begin with
FAR = 3.0  # of a power of e, in one of them
SURE = 1e-9  # how near it is when it is found, of its size
COARSE = 1e-2  # of its size, where what it moves is near the noise
STUCK = 1e-6  # of its size, within which a rounding to float32 moves nothing
FACTOR = "factor"  # of what a step takes: 1 where nothing is written
CURVED = {"exp", "expm1", "log", "log1p", "sqrt", "rsqrt", "sin", "cos", "tanh", "sigmoid", "erf"}
CURVED |= {"softmax", "log_softmax"}  # of which a factor is no factor of what they give
SETTINGS = ("other", "eps", "negative_slope", "alpha", "beta", "threshold", "min", "max", "value")
BOUNDS = ("min", "max", "threshold", "value")  # a value that was cut off is the bound itself
SUMS, ADDENDS = {"add", "iadd", "sub", "isub"}, ("input", "other")  # each may have a factor
COMPARISONS = ("gt", "ge", "lt", "le")
# What values are compared with, the likely first.
SIZES = (0.5, 1.0, *(n / 10 for n in (1, 2, 3, 4, 6, 7, 8, 9)), 0.25, 0.75, 0.05, 0.01)
USUAL = (0.0, *(sign * size for size in SIZES for sign in (1, -1)), *map(float, range(2, 11)))
LINES = {
    **dict.fromkeys(("add", "iadd"), "x + {}"),
    **dict.fromkeys(("sub", "isub"), "x - {}"),
    **dict.fromkeys(("mul", "imul", "rmul"), "x * {}"),
    **dict.fromkeys(("div", "idiv", "truediv"), "x / {}"),
    "rsub": "{} - x",
    "rdiv": "{} / x",
    "pow": "x ** {}",
    **{
        kind: f"x {sign} {{}}"
        for kind, sign in zip(COMPARISONS, (">", ">=", "<", "<="), strict=True)
    },
}


def numbered(subject: DifferingSegment, budget: Budget = UNLIMITED) -> Result | None:
    """The one number that makes the port's values Keras's; None where there is none."""
    values = played(subject, ())
    apart, layout = gap_of(subject, values)
    if values is None or values.size < FEWEST or not np.isfinite(apart):
        return None
    before = layout.to_keras(values)
    gaps = np.abs(wide(subject.keras) - before)
    # What Keras computes in float32 tells a number that moves little to as few digits.
    near = max(SURE * 1e3, min(subject.noise / apart, COARSE)) if apart else SURE * 1e3

    def moved(changes: tuple[Change, ...]) -> Array | None:
        found: Array | None = played(subject, changes)
        return None if found is None or found.shape != values.shape else layout.to_keras(found)

    def sought(step: Step, name: str, present: float) -> float | None:
        """On the value that is furthest apart; or, as that may be the end of a sigmoid, on the one
        that follows the number most."""
        nearby = moved((_change(step, name, present * NEAR if present else 0.01),))
        places = [gaps] if nearby is None else [gaps, np.abs(nearby - before) * (gaps > 0)]
        for place in dict.fromkeys(int(np.argmax(np.nan_to_num(one))) for one in places):
            wanted = float(subject.keras.flat[place])

            def missing(
                changes: tuple[Change, ...], place: int = place, wanted: float = wanted
            ) -> float:
                values = moved(changes)
                return float("nan") if values is None else float(values.flat[place]) - wanted

            found = _sought(step, name, present, missing, near)
            if found is not None:
                return found
        return None

    steps = _places(subject.match.torch)
    for step, name, present in budget.lasting([*_numbers(steps)][:MOST]):
        if step.kind in COMPARISONS:
            found = _usual(subject, step, name, present)
        elif name in BOUNDS:
            found = shortest(float(subject.keras.flat[int(np.argmax(gaps))]))
        else:
            found = sought(step, name, present)
        if found is None:
            continue
        changes = (_change(step, name, found),)
        gap, fitting = gap_of(subject, played(subject, changes))
        if is_noise(subject, gap):
            hypothesis = _hypothesis(step, name, present, found, changes)
            return Result(hypothesis, gap, fitting, subject.match.keras_steps[-1])
    return None


def _places(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps; of a line that is run again and again, as in a loop, the first alone: one of many
    calls moves next to nothing."""
    places = [
        (x.kind, x.path, x.where or x.name, x.shape, repr(sorted(x.settings.items())))
        for x in steps
    ]
    several = Counter(places)
    return tuple(
        step
        for number, (step, place) in enumerate(zip(steps, places, strict=True))
        if several[place] < LOOPED or places.index(place) == number
    )


def _numbers(steps: tuple[Step, ...]) -> Iterator[tuple[Step, str, float]]:
    """Of each step its settings that are numbers, and then the factors that may be missing."""
    for step in steps:
        for name in SETTINGS:
            present = step.settings.get(name)
            if isinstance(present, int | float) and not isinstance(present, bool):
                yield step, name, float(present)
    for step in steps:
        if step.kind in CURVED and not step.path and len(step.inputs) == 1:
            yield step, FACTOR, 1.0
    for step in steps:
        if step.kind in SUMS and not step.variables and not {*ADDENDS} & {*step.settings}:
            yield from ((step, role, 1.0) for role in ADDENDS)


def _change(step: Step, name: str, number: float) -> Change:
    if name == FACTOR:
        return Change(step.name, "input", "scale", {"by": number})
    if name in ADDENDS and not step.settings.get(name):
        return Change(step.name, "input", "scale", {"by": number}, name)
    return Change(step.name, "setting", name, number)


def _usual(subject: DifferingSegment, step: Step, name: str, present: float) -> float | None:
    """What values are compared with has no gradient: the first of the usual numbers that does."""
    for found in USUAL:
        changes = (Change(step.name, "setting", name, found),)
        if found != present and is_noise(subject, gap_of(subject, played(subject, changes))[0]):
            return found
    return None


def _sought(
    step: Step,
    name: str,
    present: float,
    missing: Callable[[tuple[Change, ...]], float],
    near: float,
) -> float | None:
    """A number that is easily written, with which the one value is Keras's.

    near: how far from it the one that is found may be, of its size.
    """

    def gap(at: float) -> float:
        return missing((_change(step, name, at),))

    found = _root(gap, present, present * NEAR if present else 0.01)
    if found is None and present > 0:  # an offset in a logarithm may be a thousandth of it
        share = _root(lambda power: gap(present * math.exp(power)), 0.0, 0.1, FAR)
        found = None if share is None else present * math.exp(share)
    return None if found is None else shortest(found, near)


def _root(
    gap: Callable[[float], float], last: float, now: float, far: float = math.inf
) -> float | None:
    """Where the gap is zero, along a secant in strides of `far` at most; None where it leads
    nowhere."""
    before = gap(last)
    for _ in range(STEPS):
        found = gap(now)
        if not np.isfinite(found):
            return None
        if found == before:  # as near as a float32 in between lets it come, or nowhere
            return now if abs(now - last) <= STUCK * abs(now) else None
        stride = -found * (now - last) / (found - before)
        last, now, before = now, now + min(max(stride, -far), far), found
        if abs(now - last) <= SURE * abs(now) or now == last:
            return now
    return None


def _hypothesis(
    step: Step, name: str, present: float, found: float, changes: tuple[Change, ...]
) -> Hypothesis:
    number = writing.number(found)
    if name == FACTOR:
        says = f"{step.name} takes x in the port; of x * {figure(found)} it gives what Keras does"
        return Hypothesis(CAUSE, says, f"x = x * {number}  # for {step.name}", changes)
    if changes[0].role:
        says = f"`{name}` of {step.name} is {figure(found)} times as large in Keras"
        return Hypothesis(CAUSE, says, f"{name} = {name} * {number}  # of {step.name}", changes)
    line = LINES.get(step.kind) if name == "other" else None
    fix = f"y = {line.format(number)}" if line else writing.with_settings(step, **{name: found})
    if step.path and f"{name}=" not in fix:  # an attribute of a person's own module
        fix = f"{writing.module(step)}.{name} = {number}"
    return Hypothesis(
        CAUSE,
        f"{step.name} has {figure(present)} for {name} in the port; with {figure(found)} it gives "
        "what Keras does",
        fix,
        changes,
    )
