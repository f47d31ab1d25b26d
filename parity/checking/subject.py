"""What a diagnosis takes of a segment that differs: both sides of it, to be run in other ways."""

from collections.abc import Mapping
from functools import cache
from math import prod

import numpy as np

from parity.checking import answering, masks
from parity.diagnose import added, weight_shapes
from parity.diagnose.differing_segment import DifferingSegment
from parity.errors import ModelError
from parity.gates.segment_values import SegmentValues
from parity.mapping import activation_layouts
from parity.mapping.activation_layouts import NOTHING
from parity.mapping.flow import outside
from parity.mapping.own_layers import is_known
from parity.mapping.plan import Fits, Plan
from parity.numerics import noise
from parity.records.budget import Budget
from parity.records.comparison import Array, Dtype, Evidence, Match, Step
from parity.records.interventions import Change, Lent, Taken
from parity.sides.calls import TwoSides
from parity.sides.verbs import Models, Walks

CARRYING = ("SimpleRNN", "LSTM", "GRU")
BEYOND = 1e3  # times Keras's largest value, which no faithful segment gives
OWN_VALUES = ("moving_mean", "moving_variance", "alpha", "gamma", "beta", "scale")


def of(
    plan: Plan,
    sides: TwoSides,
    met: SegmentValues,
    budget: Budget,
    parts: tuple[Match, ...] = (),
    fits: Fits = NOTHING,
) -> DifferingSegment:
    """parts: the segments that this one is made of, where it is made of several; fits: the layouts
    of the values so far."""
    match, key = met.match, plan.held
    steps = [step.name for step in match.torch]
    wide = met.evidence["float64"]
    answers = answering.values(plan)
    others = {answers[name]: array for name, array in met.wanted.items() if name in answers}

    def play(changes: tuple[Change, ...]) -> Array:
        feeds = others | met.feeds["float64"]
        return sides.torch.call(Walks.alone, key, steps, feeds, match.theirs, "float64", changes)

    def play_on(values: Array) -> Array:
        (name,) = met.feeds["float64"]
        feeds = {name: activation_layouts.to_torch(met.before, values)}
        return sides.torch.call(Walks.alone, key, steps, feeds, match.theirs, "float64")

    # Of several in one, the first may take nothing, as a table of positions does.
    entering = met.given.get(met.entry, next(iter(met.given.values()), None))
    shape = () if entering is None else entering.shape
    axes = activation_layouts.turned_axes(met.before, len(shape))
    earlier = _earlier(sides, key, met, budget)
    lost = _lost(plan, match)
    return DifferingSegment(
        match,
        wide.keras,
        max(_noise(met.evidence, dtype) for dtype in ("float64", *_narrow(plan, match))),
        met.layout,
        axes,
        shape,
        play,
        earlier,
        play_on if len(met.feeds["float64"]) == 1 else cannot,
        cache(lambda: unbiased(sides, key, met, lost)) if lost else None,
        tuple(lost),
        _values(plan, sides, met, earlier),
        lambda name: Lent(name, sides.keras.call(Models.weights, key, [name])[name]),
        {name: Lent(name, x, is_weight=False) for name, x in {**met.given, **earlier}.items()},
        {name: Taken(own, _axes(name, met, fits)) for name, own in answers.items()},
        _present(plan),
        parts,
    )


def _noise(evidence: Mapping[Dtype, Evidence], dtype: Dtype) -> float:
    """What a mended segment may be apart: its rounding, or Keras's alone where the port's values
    are so much larger that any other would pass for a rounding of theirs."""
    own, one = evidence["float64"].keras, evidence[dtype]
    theirs = 0.0 if one.isolated is None else noise.largest(one.isolated)
    if theirs <= BEYOND * noise.largest(own):
        return one.isolated_noise
    level = noise.level(evidence["float32"].keras, own)
    return noise.scaled(level, "float32" if one.is_narrow else dtype)


def _present(plan: Plan) -> frozenset[str]:
    """Keras's weights without a place, where the port uses some of the same size without one."""
    ledger = plan.ledger
    others = {*ledger.uncalled, *(line.torch.name for line in ledger.unfit)}
    used = {prod(v.shape) for v in ledger.torch_left if v.name not in others}
    return frozenset(v.name for v in ledger.keras_left if prod(v.shape) in used)


def _axes(name: str, met: SegmentValues, fits: Fits) -> tuple[int, ...]:
    """Where the port has each axis of a value that a segment takes; () where that is not known."""
    known = name in met.given and name in fits
    return added.axes_of(fits[name][0], met.given[name].ndim) if known else ()


def _narrow(plan: Plan, match: Match) -> tuple[Dtype, ...]:
    """float32, where the port holds constants of its own in it: to a digit of float64's, no change
    makes such a segment agree."""
    fixed = {v.name for v in plan.ledger.torch_left if not v.trainable}
    held = {v.name for step in match.torch for v in step.variables}
    return ("float32",) if fixed & held else ()


def _values(
    plan: Plan, sides: TwoSides, met: SegmentValues, earlier: dict[str, Array]
) -> dict[str, Lent]:
    """What of Keras's own a hypothesis may need: some weights by role, all of an attention by its
    part, "query/kernel", and the input's mask."""
    steps = met.match.keras_steps
    roles = {
        variable.name: variable.role
        for step in steps
        for variable in step.variables
        if variable.role in OWN_VALUES or step.kind == "MultiHeadAttention"
    }
    weights = sides.keras.call(Models.weights, plan.held, list(roles)) if roles else {}
    found = {roles[name]: Lent(name, array) for name, array in weights.items()}
    found |= _not_held(plan, sides, met.match)
    known = {**met.given, **earlier}
    taken = [(name, known[name]) for step in steps for name in step.inputs if name in known]
    given = [Lent(n, x, is_weight=False) for n, x in taken if x.dtype == bool]
    of_steps = [x for x in given if x.array.ndim == 2] or masks.upstream(plan, steps)
    mask, other = (*of_steps, None, None)[:2]
    of_pairs = next((x for x in given if x.array.ndim == 3), None)  # of queries and keys
    own = {"mask": mask, "other_mask": other, "attention_mask": of_pairs}
    found |= {name: lent for name, lent in own.items() if lent is not None}
    return found | _initial_states(met.match.keras, known)


def _not_held(plan: Plan, sides: TwoSides, match: Match) -> dict[str, Lent]:
    """What the port's weights should be that it computes, or has in another shape, in its layout,
    by their names there."""
    own = {v.name: v for step in match.torch for v in step.variables}
    names = {name for name, v in own.items() if v.computed_by}
    lines = [x for x in plan.ledger.lines if x.torch.name in names and x.torch_part is None]
    placed = {x.torch.name for x in plan.ledger.lines}
    if not _may_be_packed(plan, match):
        lines += [x for x in plan.ledger.unfit if x.torch.name in own.keys() - placed]
    ours = [line.keras.name for line in lines]
    weights = sides.keras.call(Models.weights, plan.held, ours) if ours else {}
    return {
        x.torch.name: Lent(x.keras.name, x.moved(weights[x.keras.name]), place=x.torch.name)
        for x in lines
    }


def _may_be_packed(plan: Plan, match: Match) -> bool:
    """May the port hold the weights in another arrangement: as many numbers as Keras has without a
    place, one that would fit at another place, or one for two layers that take the same?"""
    ledger = plan.ledger
    placed = {line.keras.name for line in ledger.lines}
    alike = [step for step in plan.keras.steps if step.inputs == match.keras.inputs]
    is_open = [any(v.name not in placed and v.kind == "weight" for v in x.variables) for x in alike]
    are_as_many = weight_shapes.size(ledger.keras_left) == weight_shapes.size(ledger.torch_left)
    return sum(is_open) > 1 or are_as_many or weight_shapes.fit_elsewhere(ledger)


def _initial_states(layer: Step, known: dict[str, Array]) -> dict[str, Lent]:
    """The states that a recurrent layer is called with."""
    names = layer.inputs[1:] if layer.kind in CARRYING else ()
    states = [(name, known[name]) for name in names if name in known]
    return {
        f"state_{number}": Lent(name, array, is_weight=False)
        for number, (name, array) in enumerate(states)
        if array.ndim == 2 and np.issubdtype(array.dtype, np.floating)
    }


def cannot(values: Array) -> Array:
    raise ModelError("the segment takes several inputs")


def _lost(plan: Plan, match: Match) -> list[str]:
    """The biases of a Keras segment that the port has no place for: in a layer of a person's own
    any vector may be one."""
    placed = {line.keras.name for line in plan.ledger.lines}
    own = [v.name for v in match.keras.variables if v.kind == "weight" and len(v.shape) == 1]
    every = [*biases(match), *(own if not is_known(match.keras) else ())]
    return [name for name in dict.fromkeys(every) if name not in placed]


def biases(match: Match) -> list[str]:
    """The biases of a Keras segment."""
    variables = (v for step in match.keras_steps for v in step.variables)
    return [v.name for v in variables if v.role.endswith("bias")]


def unbiased(sides: TwoSides, key: str, met: SegmentValues, names: list[str]) -> Array:
    """What a Keras segment gives where these weights of it are zero."""
    kept = sides.keras.call(Models.weights, key, names)
    steps = [step.name for step in met.match.keras_steps]
    sides.keras.call(Models.assign, key, {n: np.zeros_like(a) for n, a in kept.items()})
    try:
        return sides.keras.call(Walks.alone, key, steps, met.given, steps[-1], "float64")
    finally:
        sides.keras.call(Models.assign, key, kept)


def _earlier(sides: TwoSides, key: str, met: SegmentValues, budget: Budget) -> dict[str, Array]:
    """What the Keras steps of a segment give before its last one, in float64."""
    steps = met.match.keras_steps
    found = {}
    for place, step in budget.lasting(enumerate(steps[:-1])):
        names = [s.name for s in steps[: place + 1]]
        feeds = {name: met.given[name] for name in outside(steps[: place + 1]) if name in met.given}
        try:
            found[step.name] = sides.keras.call(
                Walks.alone, key, names, feeds, step.name, "float64"
            )
        except ModelError:
            continue
    return found
