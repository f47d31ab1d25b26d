"""What is written in the port's own loss: with which other number, or operation, in one place
would it be Keras's?

A number is sought on one figure, in a few steps along a secant, and has to serve for all the
others. One that nobody would write down, of many digits, is none.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np

from parity.diagnose.left import Figures, left
from parity.diagnose.remedies import Remedy, Trial
from parity.errors import ModelError
from parity.records.otherwise import UNWEIGHTED, Operation, Otherwise, Written

MOST_PAIRED = 12  # kinds of operations, two of which are tried together
MOST = 48  # numbers, and operations, that are tried
STEPS = 12  # along the secant
DIGITS = 4  # of a number that somebody writes down
EQUAL = 1e-12  # of two numbers, one reckoned of the other
SURE = 1e-5  # how near to such a number one is that is measured, in float32, too
SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "truediv": "/", "pow": "**"}
ACTIVATIONS = "sigmoid", "softmax"
REDUCTIONS = "sum", "mean", "of each sample"

Under = Callable[[Otherwise], Figures]


def trials(
    numbers: Sequence[Written], operations: Sequence[Operation], figures: Figures, under: Under
) -> Iterator[Trial]:
    """figures: as they are; under: when the port's loss is computed otherwise."""
    operations, numbers = operations[:MOST], numbers[:MOST]
    for places in _alike([(one.function, one.otherwise, one.given) for one in operations]):
        steps = (partial(under, Otherwise(operations=places)),)
        yield Trial((_of_operation(operations[places[0]]),), steps)
    for places in _alike([one.first for one in numbers]):
        number = numbers[places[0]]
        for rest in dict.fromkeys(((), _rest(number.value, numbers))):
            with_value = partial(_with, under, places, rest)
            found = _sought(number.value, figures, with_value)
            if found is not None:
                yield Trial((_of_number(number, found),), (partial(with_value, found),))
    yield from _two_faults(operations, figures, under)


def _with(under: Under, places: tuple[int, ...], rest: tuple[int, ...], value: float) -> Figures:
    return under(Otherwise(numbers=(places, value, rest)))


def _rest(value: float, numbers: Sequence[Written]) -> tuple[int, ...]:
    """The places of what is left of a share to 1, of either sign, which was reckoned of it."""
    if not 0 < value < 1 or value == 1 - value:
        return ()
    return tuple(n for n, one in enumerate(numbers) if abs(abs(one.value) - (1 - value)) < EQUAL)


def _two_faults(operations: Sequence[Operation], figures: Figures, under: Under) -> Iterator[Trial]:
    """An operation, and a factor of the whole, or another operation."""
    kinds = list(_alike([(one.function, one.otherwise, one.given) for one in operations]))
    remedies = {places: _of_operation(operations[places[0]]) for places in kinds}
    for places in kinds:
        made = partial(under, Otherwise(operations=places))
        factor = _factor(made)
        if factor is not None:
            says = f"beside it the port's loss is {1 / factor:.6g} times Keras's"
            scaling = Remedy("loss-reduction", says, f"{factor:.6g} * loss")
            yield Trial((remedies[places], scaling), (made, partial(_scaled, made, factor)))
    for one, other in combinations(kinds[:MOST_PAIRED], 2):
        if set(one).isdisjoint(other):
            both = partial(under, Otherwise(operations=(*one, *other)))
            steps = partial(under, Otherwise(operations=one)), both
            yield Trial((remedies[one], remedies[other]), steps)


def _factor(made: Callable[[], Figures]) -> float | None:
    """One that is easily written, by which all figures, then, are to be multiplied."""
    try:
        figures = made()
    except ModelError:
        return None
    torch = np.array([float(one.torch) for one in figures])
    keras = np.array([float(one.keras) for one in figures])
    if len(figures) < 2 or not torch.all() or not np.isfinite(torch).all():
        return None
    ratios = keras / torch
    is_one = np.ptp(ratios) <= SURE * np.abs(ratios).max() and np.ptp(torch) > SURE
    return shortest(float(ratios[0])) if is_one else None


def _scaled(made: Callable[[], Figures], factor: float) -> Figures:
    return [replace(one, torch=np.asarray(one.torch * factor)) for one in made()]


def _alike(kinds: Sequence[Any]) -> Iterator[tuple[int, ...]]:
    """The place of each, and the places of all that are of one kind."""
    yield from ((place,) for place in range(len(kinds)))
    for kind in dict.fromkeys(kinds):
        places = tuple(n for n, one in enumerate(kinds) if one == kind)
        if len(places) > 1:
            yield places


def _of_number(number: Written, found: float) -> Remedy:
    name, own = number.function, f"{number.value:g}"
    sign = next((s for n, s in SIGNS.items() if name in (n, f"r{n}", f"i{n}")), name)
    says = f"with {found:g} in the place of its {own}, at `{sign}`, the port's loss is Keras's"
    return Remedy("loss-setting", says, f"{found:g}, not {own}", number.where)


def _of_operation(operation: Operation) -> Remedy:
    name, other = operation.function, operation.otherwise
    is_reduction = name in REDUCTIONS and other in REDUCTIONS
    cause = "loss-reduction" if is_reduction else "loss-replaced"
    cause = "loss-logits" if name in ACTIVATIONS else cause
    cause = {"detach": "detached"}.get(name, {UNWEIGHTED: "sample-weights"}.get(other, cause))
    says = f"with `{name}` done otherwise, {other}, the port's loss is Keras's"
    return Remedy(cause, says, f"`{name}`: {other}", operation.where)


def _sought(value: float, figures: Figures, under: Callable[[float], Figures]) -> float | None:
    """A number that is easily written, with which the port's figure is Keras's."""
    chosen = int(np.argmax([left([figure]).ratio for figure in figures]))

    def gap(at: float) -> float:
        figure = under(at)[chosen]
        return float(figure.torch - figure.keras)

    last, missing = value, float(figures[chosen].torch - figures[chosen].keras)
    try:
        if value and left(under(0.0)).is_noise:
            return 0.0
        now = value * (1 + SURE * 100) if value else SURE * 100
        for _ in range(STEPS):
            found = gap(now)
            if found == missing or not np.isfinite(found):
                return None
            last, now, missing = now, now - found * (now - last) / (found - missing), found
            if abs(now - last) <= SURE / 100 * abs(now):
                return shortest(now)
    except ModelError:  # it cannot be computed so
        return None
    return None


def shortest(value: float, within: float = SURE) -> float | None:
    """The shortest number that this one is, or whose reciprocal it is; within: of the value."""
    if not value:
        return 0.0
    for digits in range(1, DIGITS + 1):
        for found in (float(f"{value:.{digits}g}"), 1 / float(f"{1 / value:.{digits}g}")):
            if abs(found - value) <= within * abs(value):
                return found
    return None
