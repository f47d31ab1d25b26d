"""Tensors of the port's that have no counterpart, and need none: nothing of Keras's is left for
them, and they are constants, or nothing is computed of them. And what the port has for weights of
Keras's, and never uses."""

from collections import Counter

import numpy as np

from parity.checking import draws, moving, output, redrawn
from parity.errors import NotRecordedError
from parity.mapping import guesses
from parity.mapping.ledger import CONSTANT
from parity.mapping.plan import Plan, key
from parity.mapping.single_moves import size
from parity.records.answers import Answer
from parity.records.comparison import Variable
from parity.sides.calls import TwoSides
from parity.sides.verbs import Models

UNREAD = "nothing that is returned depends on it"
FIXED = "a constant of the port's own: Keras has no weight left that could go there"
SEED = 3
FEW = 12  # weights of Keras's that are looked at by themselves
# Keras's layers whose output depends on each of their weights.
WHOLE = (
    *("Dense", "EinsumDense", "BatchNormalization", "LayerNormalization", "GroupNormalization"),
    *(f"{kind}{n}D" for kind in ("Conv", "DepthwiseConv", "SeparableConv") for n in (1, 2, 3)),
    *("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"),
)


def found(plan: Plan, sides: TwoSides) -> dict[str, str]:
    """Those by name, each with why it needs no counterpart, and Keras's own that nothing reads;
    none where Keras has others left.

    What Keras holds of a preprocessing's statistics may be what a constant of the port's is for.
    """
    ledger = plan.ledger
    of_data = any(why == CONSTANT for _, why in ledger.set_aside)
    if ledger.failures or ledger.unknown or of_data:
        return {}
    spare = {v.name for v in idle(plan, sides)}
    if any(v.name not in spare for v in ledger.keras_left):
        return {}
    fixed = {v.name: FIXED for v in ledger.torch_left if not v.trainable}
    unused = [v.name for v in ledger.torch_left if v.name in ledger.uncalled]
    unread = [*spare, *(unused if _are_unread(unused, plan, sides) else ())]
    return fixed | dict.fromkeys(unread, UNREAD)


def unused(plan: Plan, sides: TwoSides) -> dict[str, str]:
    """Keras's weights that are left, each with the port's tensor that is for it and does nothing.

    None unless that is so of all that is left on either side: the port uses no further tensor,
    and what Keras returns depends on these weights, so the two functions are not the same.
    """
    ledger = plan.ledger
    ours = [v for v in ledger.keras_left if v.kind == "weight"]
    spare = [v for v in ledger.torch_left if v.name in ledger.uncalled]
    if not ours or not spare or ledger.has_used or len(ours) < len(ledger.keras_left):
        return {}
    places: dict[str, str] = {}
    for variable in ours:
        line = guesses.likeliest(variable, [v for v in spare if v.name not in places.values()])
        if line is None:
            return {}
        places[variable.name] = line.torch.name
    is_idle = _are_unread([v.name for v in spare], plan, sides)
    return places if is_idle and _are_read(list(places), plan, sides) else {}


def idle(plan: Plan, sides: TwoSides) -> tuple[Variable, ...]:
    """Keras's weights that are left and that its model never reads: the second table of an
    embedding that is called one way alone, the mask of a training that is over. Looked at are those
    of a layer which has a place, and those of a size that the port has fewer left of."""
    placed = {_layer(line.keras) for line in plan.ledger.lines}
    left = [v for v in plan.ledger.keras_left if v.kind == "weight"]
    used = [v for v in plan.ledger.torch_left if v.name not in plan.ledger.uncalled]
    over = Counter(map(size, left)) - Counter(map(size, used))
    read = _surely_read(plan)
    likely = [v for v in left if v.name not in read and (_layer(v) in placed or size(v) in over)]
    likely.sort(key=lambda v: _layer(v) not in placed)
    try:
        return tuple(v for v in likely[:FEW] if not _are_read([v.name], plan, sides))
    except NotRecordedError:  # a reference knows no other weights of Keras's
        return ()


def _surely_read(plan: Plan) -> set[str]:
    """The weights of Keras's own layers that compute with all they have, where something uses what
    they give."""
    steps = plan.keras.steps
    used = {name.split(":")[0] for step in steps for name in step.inputs}
    used |= {name.split(":")[0] for name in plan.keras.results}
    sure = (x for x in steps if x.kind in WHOLE and not x.base and x.name in used)
    return {v.name for step in sure for v in step.variables}


def _layer(variable: Variable) -> str:
    return variable.name.rpartition("/")[0]


def _are_read(names: list[str], plan: Plan, sides: TwoSides) -> bool:
    """Does Keras's model return anything else with other values of these?"""
    name, given = key(plan.pair, "float32"), draws.of(plan).keras
    held = sides.keras.call(Models.weights, name, names)
    before = sides.keras.call(Models.answer, name, given, "float32")[-1]
    try:
        sides.keras.call(Models.assign, name, redrawn.keras(plan, held, SEED))
        after = sides.keras.call(Models.answer, name, given, "float32")[-1]
    finally:
        sides.keras.call(Models.assign, name, held)
    return not (before.error or after.error) and not _same(before, after)


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
