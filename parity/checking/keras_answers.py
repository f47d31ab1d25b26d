"""What Keras's model returns on the draws of a check: it is asked once, however often the port is
run again with something changed."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from parity.checking import models
from parity.checking.draws import Draw
from parity.gates import float32_leaks
from parity.gates.returned_values import Run
from parity.mapping.plan import DTYPES, Inputs, Plan, Shown, key
from parity.numerics.difference import wide
from parity.numerics.marks import movable
from parity.records.answers import Answer
from parity.records.comparison import Array, Dtype
from parity.sides.calls import TwoSides
from parity.sides.verbs import Models

SHIFTS = 4  # of the input by a rounding, where values differ
ROUNDING: dict[Dtype, float] = {"float64": 2.0**-44, "float32": 2.0**-21}  # shares of an input

Calls = dict[Dtype, tuple[Answer, ...]]  # what each of several calls in a row returns
Name = tuple[str, int | None, bool]  # of a draw, in one check


@dataclass(frozen=True)
class KerasAnswers:
    """Those of one check, by draw. Keras's model holds a draw's weights when it is asked."""

    _calls: dict[Name, Calls] = field(default_factory=dict)
    _shifted: dict[Name, list[Calls]] = field(default_factory=dict)
    _leaks: dict[Name, bool] = field(default_factory=dict)

    def known(self, draw: Draw) -> Calls | None:
        """What it returned on a draw; the first of several calls is the call alone."""
        own = self._calls.get(_name(draw))
        if own is not None or draw.then is not None:
            return own
        row = self._calls.get((draw.about, draw.weights, True))
        return row and {dtype: calls[:1] for dtype, calls in row.items()}

    def keep(self, draw: Draw, calls: Calls) -> None:
        self._calls[_name(draw)] = calls

    def is_leaking(self, draw: Draw, plan: Plan, sides: TwoSides) -> bool:
        """Is the model computed in float32 somewhere, when it is run in float64?"""
        name = _name(draw)
        if name not in self._leaks:

            def answer(given: Inputs) -> Answer:
                held = key(plan.pair, "float32")
                return sides.keras.call(Models.answer, held, given, "float64")[0]

            before = self.known(replace(draw, then=None))
            still = answer(draw.keras) if before is None else before["float64"][0]
            self._leaks[name] = loses_digits(answer, draw.keras, plan.shown, still)
        return self._leaks[name]

    def with_spread(self, run: Run, draw: Draw, plan: Plan, sides: TwoSides) -> Run:
        """The run with how far Keras's values jump when its input is moved by a rounding.

        At the same call in a row: what a model remembers of the one before is no jump. The first is
        asked alone, as most that differ do so there.
        """
        draw = draw if run.call else replace(draw, then=None)
        name = _name(draw)
        if name not in self._shifted:
            self._shifted[name] = [_shifted(draw, plan, sides, seed) for seed in range(SHIFTS)]
        spread = {
            dtype: _jumps(run.keras[dtype], [call(x[dtype], run.call) for x in self._shifted[name]])
            for dtype in run.dtypes()
        }
        return replace(run, spread=spread)


def asked(draw: Draw, plan: Plan, sides: TwoSides) -> Calls:
    """What Keras's model returns on a draw now."""
    ask, name = sides.keras.call, key(plan.pair, "float32")
    then = draw.then and draw.then[0]
    return {d: ask(Models.answer, name, draw.keras, d, then) for d in DTYPES}


def call(answers: Sequence[Answer], number: int) -> Answer:
    """The answer to this call of several in a row; one that broke off answers all alike."""
    return answers[min(number, len(answers) - 1)]


def loses_digits(
    answer: Callable[[Inputs], Answer], given: Inputs, shown: Shown, still: Answer
) -> bool:
    """Is a model computed in float32 somewhere, when it is run in float64?

    answer: what it returns then. given: its inputs, in the order of Keras's; still: what it returns
    on them.
    """
    fixed = [not shown.moves(name).all() for name in shown.keras]
    kept = dict(itertools.compress(given.items(), fixed))
    wide = {name: models.cast(array, "float64") for name, array in given.items()}
    near, far = (
        answer(float32_leaks.moved(wide, share) | kept)
        for share in (float32_leaks.NEAR, float32_leaks.FAR)
    )
    values = zip(*([x.value for x in one.parts] for one in (still, near, far)), strict=False)
    return any(
        float32_leaks.loses_digits(*three)
        for three in values
        if all(value is not None for value in three)
    )


def _name(draw: Draw) -> Name:
    return draw.about, draw.weights, draw.then is not None


def _shifted(draw: Draw, plan: Plan, sides: TwoSides, seed: int) -> Calls:
    """What the model returns on inputs that are moved by a rounding."""
    ask, name = sides.keras.call, key(plan.pair, "float32")
    found = {}
    for dtype in DTYPES:
        given = rounded(plan, draw.keras, ROUNDING[dtype], seed)
        then = draw.then and rounded(plan, draw.then[0], ROUNDING[dtype], seed)
        found[dtype] = ask(Models.answer, name, given, dtype, then)
    return found


def rounded(plan: Plan, arrays: Inputs, share: float, seed: int) -> Inputs:
    generator = np.random.default_rng(seed)
    marks = {s.settings["mask_value"] for s in plan.keras.steps if "mask_value" in s.settings}

    def moved(name: str, array: Array) -> Array:
        moves = plan.shown.moves(name) & movable(array, marks)
        return array * np.where(moves, 1 + share * generator.choice([-1.0, 1.0], array.shape), 1.0)

    return {
        name: moved(name, array) if np.issubdtype(array.dtype, np.floating) else array
        for name, array in arrays.items()
    }


def _jumps(still: Answer, shifted: Sequence[Answer]) -> tuple[Array, ...]:
    """How far each number of each returned value goes at most."""
    values = [part.value for part in still.parts]
    largest = [np.zeros(()) if x is None else np.zeros(x.shape) for x in values]
    for answer in shifted:
        for place, (value, part) in enumerate(zip(values, answer.parts, strict=False)):
            if value is not None and part.value is not None and part.value.shape == value.shape:
                gap = np.abs(wide(part.value) - wide(value))
                largest[place] = np.fmax(largest[place], gap)
    return tuple(largest)
