"""Features that a port reads into a map in an order of its own, which their makers can undo.

A Dense in front of a Reshape gives the same map whichever of its units makes which of the values.
Where a port reads its features into channels first, as `view(-1, C, H, W)` does, the units stand in
that order, and so does all that treats each of them alike: activations, normalisations, sums.
Of what no such layer makes, or what a model returns, the order is Keras's, or it is wrong.
"""

from collections.abc import Collection, Mapping, Sequence
from math import prod

import numpy as np

from parity.errors import ModelError
from parity.mapping import layout_moves
from parity.mapping.flow import Flow, outside
from parity.mapping.moved_values import Measure, Shape, changes_each, numbers
from parity.mapping.rules import features
from parity.mapping.rules.operations import ACTIVATIONS, KERAS
from parity.records.comparison import Array, Layout, Match, Step

MERGES = {"add", "subtract", "multiply", "average", "maximum", "minimum"}
ALIKE = {"softmax", "log_softmax", "sparsemax", "identity", "cast", *MERGES}


def layouts(
    matches: Sequence[Match],
    shapes: Mapping[str, Shape],
    ends: Collection[str],
    measure: Measure,
    read: Mapping[str, Layout],
) -> dict[str, Layout]:
    """The layout of each Keras value whose features stand in the order that a Reshape behind them
    asks for, and of what that gives. read: that in which the port takes what a segment gives."""
    flow = Flow(tuple(step for match in matches for step in match.keras_steps))
    found: dict[str, Layout] = {}
    for match in matches:
        last, taken = match.keras_steps[-1], outside(match.keras_steps)
        is_map = all(KERAS.get(step.kind) == "flatten" for step in match.keras_steps)
        if not is_map or len(taken) != 1 or taken[0] in found or last.name not in read:
            continue
        order = _order(match, shapes.get(taken[0], ()), measure, read[last.name])
        if order is None:
            continue
        names = _ordered(taken[0], flow, shapes, ends, match.keras_steps[0].name)
        if names:
            found |= dict.fromkeys(names, layout_moves.flat(order, last.shape[1:]))
            found[last.name] = read[last.name]
    return found


def _order(match: Match, shape: Shape, measure: Measure, read: Layout) -> Array | None:
    """For each of the port's features the number of Keras's; None where they are the same, or where
    no order would do."""
    last = match.keras_steps[-1].shape
    if len(shape) != 2 or len(last) < 3 or prod(last[1:]) != shape[1]:
        return None
    values = numbers(shape)
    try:
        ours, theirs = measure(match, values, values)
        theirs = read.to_keras(theirs)
    except (ModelError, ValueError, IndexError):  # it cannot be run on these
        return None
    if theirs.shape != ours.shape:
        return None
    keras, torch = (np.searchsorted(values[0], x[0].ravel()) for x in (ours, theirs))
    if not np.array_equal(np.sort(torch), np.arange(shape[1])) or np.array_equal(keras, torch):
        return None
    order = keras[torch.argsort()]
    each = np.empty_like(values)
    each[:, torch] = theirs.reshape(len(values), -1)
    return order if np.array_equal(each, values) else None


def _ordered(
    name: str, flow: Flow, shapes: Mapping[str, Shape], ends: Collection[str], reshape: str
) -> set[str]:
    """All values that stand in the order of this one, which the Reshape reads; none where one of
    them cannot."""
    steps = {step.name: step for step in flow.steps}
    names, waiting = set[str](), [name]
    while waiting:
        value = waiting.pop()
        if value in names:
            continue
        step = steps.get(value)
        if step is None or value in ends or shapes.get(value) != shapes[name]:
            return set()
        names.add(value)
        if not features.makes(step):
            if not _is_alike(step):
                return set()
            waiting += step.inputs
        for taker in flow.consumers(step):
            if taker.name == reshape or features.mixes(taker):
                continue
            waiting.append(taker.name)
    return names if _are_held_once(flow, names) else set()


def _are_held_once(flow: Flow, names: set[str]) -> bool:
    """Has no layer in this order another call, in another order?"""
    held = [v.name for step in flow.steps if step.name in names for v in step.variables]
    others = [v.name for step in flow.steps if step.name not in names for v in step.variables]
    return len(set(held)) == len(held) and not set(held) & set(others)


def _is_alike(step: Step) -> bool:
    """Does a layer treat all features of a sample alike, but for weights of each?"""
    if features.keeps(step) or changes_each(step):
        return not step.constants
    kind = ACTIVATIONS.get(step.activation) if step.kind == "Activation" else KERAS.get(step.kind)
    is_last = step.settings.get("axis", -1) in (-1, len(step.shape) - 1)
    return kind in ALIKE and is_last and not step.constants
