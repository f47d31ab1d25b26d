"""Constants that a port holds in float32, as a window or a table of positions, and that Keras makes
in float64: how far what is returned moves when they are rounded the other way."""

from collections.abc import Sequence

import numpy as np

from parity.checking import moving
from parity.checking.draws import Draw
from parity.gates import output, returned_values
from parity.gates.returned_values import Run
from parity.mapping.plan import Plan, key
from parity.numerics.noise import LIMIT
from parity.records.answers import Answer
from parity.records.comparison import Array
from parity.records.interventions import Change
from parity.sides.calls import TwoSides
from parity.sides.verbs import InTorch, Models

ULP = 2.0**-23  # of float32, of a number's size
SEEDS = (1, 2, 3)


def explain(
    runs: Sequence[Run], draw: Draw, plan: Plan, sides: TwoSides, changes: Sequence[Change]
) -> bool:
    """Is all that differs in float64 of the size of this rounding?

    runs: of the draw; changes: what the port does otherwise.
    """
    name = key(plan.pair, "float32")
    names = [v.name for v in plan.ledger.torch_left if v.kind == "weight" and not v.trainable]
    run = runs[0]
    if not {"float32", "float64"} <= {*run.dtypes()}:
        return False
    kept = sides.torch.call(Models.weights, name, names) if names else {}
    held = {n: array for n, array in kept.items() if array.dtype == np.float32}

    def moved(seed: int) -> Answer:
        if held:
            moving.lend(plan, sides, {n: _rounded(array, seed) for n, array in held.items()})
        return sides.torch.call(InTorch.answer_moved, name, draw.torch, seed, tuple(changes))

    own = run.torch["float64"]
    try:
        others = [moved(SEEDS[0])]
        if not _is_still(own, others[0]):  # else it holds no such constants
            others += [moved(seed) for seed in SEEDS[1:]]
    finally:
        if held:
            moving.lend(plan, sides, kept)
    pairings = returned_values.pairings(run.keras["float64"], run.torch["float64"])
    lines = [output.compare(pairing, run, "float64", run).line for pairing in pairings]
    return all(
        line.verdict != "differ"
        or (line.max_abs or np.inf) <= LIMIT * _far(own, others, pairing.theirs)
        for line, pairing in zip(lines, pairings, strict=True)
    )


def _rounded(array: Array, seed: int) -> Array:
    """Each number moved by half a place of float32's, in float64."""
    signs = np.random.default_rng(seed).choice((-0.5, 0.5), array.shape)
    return array.astype(np.float64) * (1 + signs * ULP)


def _is_still(own: Answer, moved: Answer) -> bool:
    """Is every returned value the same, bit for bit?"""
    places = range(len(own.parts))
    return not moved.error and all(_far(own, [moved], place) == 0.0 for place in places)


def _far(own: Answer, others: Sequence[Answer], place: int | None) -> float:
    """How far a returned value moves at most."""
    if place is None or place >= len(own.parts):
        return 0.0
    value = own.parts[place].value
    moved = [x.parts[place].value for x in others if place < len(x.parts)]
    gaps = [
        np.abs(x - value).max(initial=0.0) for x in moved if x is not None and value is not None
    ]
    return float(max(gaps, default=0.0))
