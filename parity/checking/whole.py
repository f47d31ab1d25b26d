"""Both models as one segment, which is run again on the draw that differs."""

from collections.abc import Callable

import numpy as np

from parity.checking import lending, subject
from parity.checking.output import Answered
from parity.diagnose.differing_segment import DifferingSegment
from parity.errors import ModelError
from parity.gates.returned_values import Run
from parity.mapping.layout_moves import AS_IT_IS
from parity.mapping.plan import Plan, key
from parity.numerics import noise
from parity.numerics.difference import largest
from parity.records.comparison import Array, Dtype, Match
from parity.records.interventions import Change
from parity.sides.calls import TwoSides
from parity.sides.verbs import InTorch

SMALL = 1e-9  # of a value's size, which no rounding of float64 comes near


def of(
    match: Match,
    meant: Callable[[tuple[Change, ...]], tuple[Change, ...]],
    answers: Answered,
    plan: Plan,
    sides: TwoSides,
) -> DifferingSegment | None:
    """What a search is given of both models, of which this layer, and the steps that answer it, is
    what is looked at, and of what they return the first value that differs; None where that is not
    told. meant: what is changed, in place of some changes."""
    draw, run = answers.differing, answers.runs[-1]
    if draw is None or draw.weights is not None or "float64" not in run.dtypes():
        return None
    place = _differing(run)
    if place is None:
        return None
    narrow, wide = (run.keras[dtype].parts[place].value for dtype in ("float32", "float64"))
    if narrow is None or wide is None:
        return None

    def play(changes: tuple[Change, ...]) -> Array:
        lent = lending.on(draw.keras, meant(changes), plan, sides)
        name = key(plan.pair, "float32")
        (found,) = sides.torch.call(InTorch.answer, name, draw.torch, "float64", None, lent)
        value = found.parts[place].value if place < len(found.parts) else None
        if value is None:
            raise ModelError(found.error)
        return value

    dtype: Dtype = "float32" if answers.is_narrow else "float64"
    level = noise.scaled(noise.level(narrow, wide), dtype)
    return DifferingSegment(match, wide, level, AS_IT_IS, (), (), play, {}, subject.cannot)


def _differing(run: Run) -> int | None:
    """The place of a value that differs, as it stands on both sides."""
    both = zip(run.keras["float64"].parts, run.torch["float64"].parts, strict=False)
    for place, (ours, theirs) in enumerate(both):
        if ours.value is None or theirs.value is None:
            continue
        is_same = ours.value.shape == theirs.value.shape
        if not is_same or largest(ours.value, theirs.value) > SMALL * np.abs(ours.value).max():
            return place
    return None
