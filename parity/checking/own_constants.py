"""Constants that both models hold as what no training moves, as frequencies of rotary positions:
Keras one for each layer, say, and the port one for all. Their numbers tell that they are the same.
"""

from dataclasses import replace

import numpy as np

from parity.mapping.plan import Plan, key
from parity.records.comparison import Array, Variable
from parity.sides.calls import TwoSides
from parity.sides.verbs import Models

SAME = "a constant that the port has, too, as `{0}`"
NEAR = 1e-6  # shares of a number: made in float32 by either side's own functions
STATISTICS = ("moving_", "running_")  # which begin as zeros and ones everywhere


def set_aside(one: Plan, sides: TwoSides) -> Plan:
    """The plan in which those of Keras's that have no place need none."""
    ledger = one.ledger
    ours, theirs = _constants(ledger.keras_left), _constants(ledger.torch_left)
    if not ours or not theirs:
        return one
    name = key(one.pair, "float32")
    mine = sides.keras.call(Models.weights, name, [v.name for v in ours])
    its = sides.torch.call(Models.weights, name, [v.name for v in theirs])
    found = {
        ours: SAME.format(next(iter(same)))
        for ours, array in mine.items()
        if (same := [theirs for theirs, other in its.items() if _are_same(array, other)])
    }
    left = tuple(v for v in ledger.keras_left if v.name not in found)
    names = {v.name for v in left}
    unknown = tuple(
        (layer, why)
        for layer, why in ledger.unknown
        if any(v.name in names for v in one.keras.step(layer).variables)
    )
    apart = (*ledger.set_aside, *found.items())
    return replace(one, ledger=replace(ledger, keras_left=left, unknown=unknown, set_aside=apart))


def _constants(variables: tuple[Variable, ...]) -> list[Variable]:
    return [
        v
        for v in variables
        if v.kind == "weight" and not v.trainable and not v.role.startswith(STATISTICS)
    ]


def _are_same(one: Array, other: Array) -> bool:
    """The same numbers, which are not all one: zeros and ones are the same by chance."""
    if one.shape != other.shape or one.size < 2 or (one == one.flat[0]).all():
        return False
    return bool(np.allclose(one, other, rtol=NEAR, atol=0.0))
