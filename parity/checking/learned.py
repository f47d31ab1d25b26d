"""Learned scales and shifts that are all that the port has too few weights for: where they stand,
and in which ways the port may do them."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, product
from typing import Literal

import numpy as np

from parity.checking import draws, moving, output
from parity.checking.own_time import OwnTime
from parity.diagnose import added, learned, reading
from parity.diagnose.learned import Learned
from parity.errors import ModelError
from parity.mapping.flow import outside
from parity.mapping.plan import Plan
from parity.records.comparison import Array, Finding, Match, Step, Variable
from parity.records.interventions import Change
from parity.sides.calls import TwoSides
from parity.sides.verbs import Models, Walks

MOST = 16  # ways to place them
MOST_OF_ONE = 2  # weights of one layer, as a scale and a shift
SAMPLES = 2  # on which it is seen what Keras's steps do
SECONDS = 5.0
SEED = 5
Changes = tuple[Change, ...]
Place = tuple[str, Literal["input", "output"], tuple[int, ...]]
Way = tuple[Plan, Finding, Changes]


def lacking(plan: Plan, sides: TwoSides) -> Iterator[Way]:
    """Each way in which the port may do all that Keras learns and it has no weights for, with the
    plan under which nothing else is left; none where it agrees without."""
    ledger = plan.ledger
    left = {v.name: v for v in ledger.keras_left if v.kind == "weight"}
    if not left or ledger.failures or any(v.trainable for v in ledger.torch_left):
        return
    found = _read(plan, left, sides)
    if {name for one in found for _, name in one.ways} != left.keys():
        return
    names = {step.name for one in found for step in one.steps}
    unknown = tuple((name, why) for name, why in ledger.unknown if name not in names)
    own = replace(plan, ledger=replace(ledger, unknown=unknown))
    if unknown or not moving.override(own, sides) or output.agree(draws.of(own), own, sides):
        return
    ways = [list(_placed(one, plan)) for one in found]
    if not all(ways):
        return
    # What is lost several times is lost at the same place of each block.
    alike = (
        tuple(each[min(number, len(each) - 1)] for each in ways)
        for number in range(max(map(len, ways)))
    )
    for chosen in islice((*alike, *islice(product(*ways), MOST)), MOST):
        yield own, learned.lacking(found, chosen), tuple(x for one in chosen for x in one)


def _read(plan: Plan, left: dict[str, Variable], sides: TwoSides) -> list[Learned]:
    """What Keras's steps do with the weights that are left, the shortest runs of steps first."""
    try:
        weights = sides.keras.call(Models.weights, plan.held, [*left])
    except ModelError:
        return []
    found: list[Learned] = []
    clock = OwnTime(SECONDS)
    for match in plan.alignment.matches:
        if match.leaf or not match.torch:
            continue
        own: list[Learned] = []
        for steps in _runs(match, left):
            done = {step.name for one in own for step in one.steps}
            if not weights or clock.is_spent or any(step.name in done for step in steps):
                continue
            if (one := _one(plan, match, steps, weights, sides)) is not None:
                own.append(one)
                used = {name for _, name in one.ways}
                weights = {name: w for name, w in weights.items() if name not in used}
        found += sorted(own, key=lambda one: match.keras_steps.index(one.steps[0]))
    return found


def _runs(match: Match, left: dict[str, Variable]) -> Iterator[tuple[Step, ...]]:
    """Steps in a row that have no weights but these."""
    steps = match.keras_steps
    for length in range(1, len(steps) + 1):
        for first in range(len(steps) - length + 1):
            run = steps[first : first + length]
            own = [v for step in run for v in step.variables if v.kind == "weight"]
            if all(v.name in left for v in own) and (own or any(s.constants for s in run)):
                yield run


def _one(
    plan: Plan, match: Match, steps: tuple[Step, ...], weights: dict[str, Array], sides: TwoSides
) -> Learned | None:
    taken = outside(steps)
    shapes = {step.name: step.shape for step in plan.keras.steps}
    shapes |= dict(zip(("",), (x.shape for x in plan.shown.keras.values()), strict=False))
    if len(taken) != 1 or taken[0] not in shapes:
        return None
    (name,), names = taken, [step.name for step in steps]
    own = {v.name for step in steps for v in step.variables}
    if own:
        weights = {name: w for name, w in weights.items() if name in own}

    def run(x: Array) -> Array:
        return sides.keras.call(Walks.alone, plan.held, names, {name: x}, names[-1], "float64")

    size = (min(SAMPLES, shapes[name][0]), *shapes[name][1:])
    x = np.random.default_rng(SEED).normal(size=size)
    try:  # an operation has one constant, a layer may have several weights
        ways = learned.read(x, run, weights, MOST_OF_ONE if own else 1)
    except ModelError:
        return None
    if not ways or (own and len(ways) < len(weights)):
        return None
    return Learned(steps, match, ways, {name: weights[name] for _, name in ways})


def _placed(one: Learned, plan: Plan) -> Iterator[Changes]:
    """The same to what a step of the port's gives, the last first, or to what the first takes."""
    shape, rank = one.steps[-1].shape, len(one.steps[-1].shape)
    last = one.match.keras_steps[-1].name
    known = (added.axes_of(layout, rank) for layout in plan.fits.get(last, ()))
    turns = dict.fromkeys((*known, tuple(range(rank)), reading.to_torch(rank)))
    steps = one.match.torch
    given = {step.name: step.shape for step in plan.torch.steps}
    given |= dict(zip(("",), (x.shape for x in plan.shown.torch.values()), strict=False))
    entering = given.get(steps[0].inputs[0] if steps[0].inputs else "")
    for axes in filter(None, turns):
        places: list[Place] = [(s.name, "output", s.shape) for s in reversed(steps)]
        if entering is not None:
            places.append((steps[0].name, "input", entering))
        for place, where, theirs in places:
            if len(theirs) == rank and tuple(theirs[axis] for axis in axes) == shape:
                yield learned.done(one, place, where, axes)
