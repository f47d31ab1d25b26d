"""What both models are run on: several draws of inputs and of weights."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from parity.checking import inputs, lending, models, moving, redrawn, special_inputs
from parity.checking.options import Options
from parity.mapping import plan as planning
from parity.mapping.plan import Inputs, Plan, Shown, key
from parity.records.comparison import Array
from parity.records.inputs import InputSpec
from parity.records.interventions import Change
from parity.sides.calls import TwoSides
from parity.sides.verbs import Models

WIDE, NARROW = 8.0, 2.0**-6  # times the ordinary values of an input
FIRST, OTHER, ONE = "the inputs", "other inputs", "a batch of one"
WEIGHTS = (1, 2)  # the seeds of further weights
ENOUGH = 32  # values that are returned for a sample


@dataclass(frozen=True)
class Draw:
    """What both models are run on.

    then: Keras's inputs and the port's at a second call in a row. weights: the seed of other
    weights than those that they hold.
    """

    about: str
    keras: Inputs
    torch: Inputs
    weights: int | None = None
    then: tuple[Inputs, Inputs] | None = None
    is_wide: bool = False

    @property
    def order(self) -> NDArray[np.intp] | None:
        """Which samples the second call is of; None where it is of the same."""
        if self.then is None or self.then[0] is self.keras:
            return None
        return halved(len(next(iter(self.keras.values()))))


@contextlib.contextmanager
def weights_of(draw: Draw, plan: Plan, sides: TwoSides) -> Iterator[bool]:
    """Let both models hold a draw's weights for a while; can the port hold all of them?"""
    if draw.weights is None:
        yield True
        return
    name = key(plan.pair, "float32")
    before = sides.keras.call(Models.weights, name)
    theirs = redrawn.unplaced(plan)
    kept = sides.torch.call(Models.weights, name, [v.name for v in theirs])
    try:
        sides.keras.call(Models.assign, name, redrawn.keras(plan, before, draw.weights))
        is_held = moving.override(plan, sides)
        moving.lend(plan, sides, redrawn.torch(kept, draw.weights))
        yield is_held
    finally:
        sides.keras.call(Models.assign, name, before)
        moving.override(plan, sides)
        moving.lend(plan, sides, kept)


@contextlib.contextmanager
def shown(
    draw: Draw,
    plan: Plan,
    sides: TwoSides,
    options: Options,
    changes: Sequence[Change] = (),
) -> Iterator[Plan]:
    """The plan of both models on another draw, for as long as they hold its weights.

    changes: what the port does otherwise meanwhile.
    """
    other, overrides = replace(plan.shown, keras=draw.keras, torch=draw.torch), plan.overrides
    try:
        with weights_of(draw, plan, sides):
            changed = lending.on(draw.keras, changes, plan, sides)
            found = planning.compare(plan.pair, sides, other, overrides, changes=changed)
            # Outputs may have chosen the plan's, but not of a port that raised.
            is_known = plan.torch.error and not (found.ledger.keras_left or found.ledger.failures)
            yield found if is_known else replace(found, ledger=plan.ledger)
    finally:
        planning.compare(plan.pair, sides, plan.shown, overrides)


def of(plan: Plan) -> Draw:
    """What a plan shows both models."""
    return Draw(FIRST, plan.shown.keras, plan.shown.torch)


def in_a_row(plan: Plan, options: Options) -> Draw:
    """The same, twice in a row."""
    return replace(of(plan), then=_then(plan, _is_drawn(plan, options)))


def every(plan: Plan, sides: TwoSides, options: Options) -> Iterator[Draw]:
    """The inputs twice in a row, and then `_further` ones: of large samples that a model returns
    many values for one sample each, as a single one tells enough there, and takes long.

    The second time half of the drawn samples stand twice: what a port keeps of a call is not
    theirs.
    """
    yield in_a_row(plan, options)
    specs = models.specs(plan.pair, sides, options)
    further = _further(plan, specs, options)
    if _are_batches_free(specs) and _is_large(plan):
        further = _alone(plan, list(further))
    yield from further


def _further(plan: Plan, specs: Mapping[str, InputSpec], options: Options) -> Iterator[Draw]:
    """Where inputs were drawn others, wide and narrow ones, and such as a model asks for; a batch
    of one; other weights, where they are moved, among them such as meet an activation's bounds."""
    shown, first = plan.shown, of(plan)
    is_drawn = _is_drawn(plan, options)
    specs = inputs.signed_as(specs, shown.keras)
    if is_drawn:
        yield _draw(plan, OTHER, inputs.draw(specs, options.seed + 1))
    if _are_batches_free(specs) and all(len(array) > 1 for array in shown.keras.values()):
        yield _of_one(replace(first, about=ONE), plan)
    if is_scaled(plan, options):
        yield scaled(plan, "wide inputs", WIDE)
        yield scaled(plan, "narrow inputs", NARROW)
        if special_inputs.may_cut(plan):
            yield scaled(plan, "very wide inputs", special_inputs.VERY_WIDE)
        if special_inputs.may_ask(plan):
            yield _draw(plan, "inputs with zeros", special_inputs.with_zeros(plan))
    if not options.is_loaded and redrawn.is_possible(plan):
        for seed in WEIGHTS:
            yield replace(first, about="other weights", weights=seed)
        if redrawn.own_scales(plan):
            yield replace(first, about="other weights, of any sign", weights=redrawn.SIGNED)
        if redrawn.has_bounds(plan):
            about = "other weights, of large scales"
            yield replace(first, about=about, weights=redrawn.LOUD, is_wide=True)


def _are_batches_free(specs: Mapping[str, InputSpec]) -> bool:
    """Does the model fix no input's number of samples, as a stateful layer's does?"""
    return not any(spec.shape and spec.shape[0] for spec in specs.values())


def _is_large(plan: Plan) -> bool:
    """Is a sample of an input large, and is enough returned for it to measure rounding by?"""
    given = max(prod(array.shape[1:]) for array in plan.shown.keras.values())
    results = {name.split(":")[0] for name in plan.keras.results}
    sizes = [prod(s.shape[1:]) for s in plan.keras.steps if s.name in results and s.shape]
    return given > inputs.LARGE and bool(sizes) and min(sizes) >= ENOUGH


def _alone(plan: Plan, further: list[Draw]) -> Iterator[Draw]:
    """Each of one sample: other inputs, where there are some, are the batch of one."""
    has_other = any(draw.about == OTHER for draw in further)
    for draw in further:
        if not (has_other and draw.about == ONE):
            about = ONE if draw.about == OTHER else draw.about
            yield _of_one(replace(draw, about=about), plan)


def _of_one(draw: Draw, plan: Plan) -> Draw:
    """The same of the first sample alone."""
    one = {name: array[:1] for name, array in draw.keras.items()}
    return replace(draw, keras=one, torch=plan.shown.as_torch(one))


def _is_drawn(plan: Plan, options: Options) -> bool:
    return not plan.pair.has_twin_files and options.inputs is None


def _then(plan: Plan, is_drawn: bool) -> tuple[Inputs, Inputs]:
    keras = plan.shown.keras
    if is_drawn:
        keras = {name: array[halved(len(array))] for name, array in keras.items()}
    return keras, plan.shown.as_torch(keras)


def halved(count: int) -> NDArray[np.intp]:
    """Half of so many samples, each twice, the last first: of other statistics, too."""
    return np.arange(count)[::-1] // 2


def is_scaled(plan: Plan, options: Options) -> bool:
    """Were inputs drawn that may be of another size, too?"""
    return _is_drawn(plan, options) and any(
        plan.shown.moves(name).any() for name in plan.shown.keras
    )


def scaled(plan: Plan, about: str, scale: float) -> Draw:
    """The inputs so many times as large."""
    arrays = {name: _scaled(plan.shown, name, scale) for name in plan.shown.keras}
    return replace(_draw(plan, about, arrays), is_wide=True)


def _draw(plan: Plan, about: str, arrays: Inputs) -> Draw:
    return Draw(about, arrays, plan.shown.as_torch(arrays))


def _scaled(shown: Shown, name: str, scale: float) -> Array:
    array = shown.keras[name]
    if not shown.moves(name).any():
        return array
    return np.where(shown.moves(name), array * array.dtype.type(scale), array)
