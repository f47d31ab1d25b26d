"""Inputs for models that ask something of them: where they are zero, as padding is, or cut at
bounds far beyond ordinary values, as pixels of 255 are. Keras's side alone decides, which a
reference has recorded."""

import numpy as np

from parity.checking.redrawn import BOUNDED
from parity.mapping.plan import Inputs, Plan
from parity.mapping.rules.operations import KERAS
from parity.mapping.rules.registry import RULES
from parity.records.comparison import Array, Step

VERY_WIDE = 256.0  # times the ordinary values of an input
THIRD, QUARTER = 3, 4
ASKING = {"Equal", "NotEqual", "Greater", "GreaterEqual", "Less", "LessEqual", "Where", "Sign"}
ASKING |= {"Any", "All", "CountNonzero", "LogicalNot", "Nonzero"}


def may_ask(plan: Plan) -> bool:
    """May Keras's model ask whether an input is zero?"""
    return any(step.kind in ASKING or _is_own(step) for step in plan.keras.steps)


def may_cut(plan: Plan) -> bool:
    """May it cut values at a bound?"""
    return any(
        step.kind in BOUNDED or step.settings.get("max_value") is not None or _is_own(step)
        for step in plan.keras.steps
    )


def with_zeros(plan: Plan) -> Inputs:
    """The floats shown, of which every other sample ends in zeros, and some of all are zero."""
    shown = plan.shown
    return {name: _zeroed(array, shown.moves(name)) for name, array in shown.keras.items()}


def _is_own(step: Step) -> bool:
    """Is it a person's own layer, or function, of which nothing is known?"""
    return step.kind not in KERAS and step.kind not in RULES


def _zeroed(array: Array, moves: Array) -> Array:
    if array.ndim < 2 or array.dtype.kind != "f" or not moves.any():
        return array
    is_zero = np.random.default_rng(0).random(array.shape) < 1 / QUARTER
    is_zero[::2] = False
    is_zero[::2, array.shape[1] - array.shape[1] // THIRD :] = True
    return np.where(is_zero & moves, array.dtype.type(0), array)
