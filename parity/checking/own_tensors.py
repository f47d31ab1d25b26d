"""Tensors of the port's that have no counterpart, and need none: nothing of Keras's is left for
them, and they are constants, or nothing is computed of them."""

import numpy as np

from parity.checking import draws, moving, output, redrawn
from parity.mapping.ledger import CONSTANT
from parity.mapping.plan import Plan, key
from parity.records.answers import Answer
from parity.sides.calls import TwoSides
from parity.sides.verbs import Models

UNREAD = "nothing that is returned depends on it"
FIXED = "a constant of the port's own: Keras has no weight left that could go there"
SEED = 3


def found(plan: Plan, sides: TwoSides) -> dict[str, str]:
    """Those by name, each with why it needs no counterpart; none where Keras has weights left.

    What Keras holds of a preprocessing's statistics may be what a constant of the port's is for.
    """
    ledger = plan.ledger
    of_data = any(why == CONSTANT for _, why in ledger.set_aside)
    if ledger.keras_left or ledger.failures or ledger.unknown or of_data:
        return {}
    fixed = {v.name: FIXED for v in ledger.torch_left if not v.trainable}
    unused = [v.name for v in ledger.torch_left if v.name in ledger.uncalled]
    return fixed | (dict.fromkeys(unused, UNREAD) if _are_unread(unused, plan, sides) else {})


def _are_unread(names: list[str], plan: Plan, sides: TwoSides) -> bool:
    """Does the port return the same, bit for bit, with other values of these?"""
    if not names:
        return False
    draw = draws.of(plan)
    held = sides.torch.call(Models.weights, key(plan.pair, "float32"), names)
    before = output.run_torch(draw, plan, sides)
    moving.lend(plan, sides, redrawn.torch(held, SEED))
    after = output.run_torch(draw, plan, sides)
    moving.lend(plan, sides, held)
    return all(_same(before[dtype], after[dtype]) for dtype in before)


def _same(one: Answer, other: Answer) -> bool:
    pairs = zip(one.parts, other.parts, strict=False)
    return not (one.error or other.error) and all(
        x.value is not None and y.value is not None and np.array_equal(x.value, y.value)
        for x, y in pairs
    )
