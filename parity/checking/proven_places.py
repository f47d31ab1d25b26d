"""Are weights that were placed on trial where they belong, whatever else differs?

They are where the layers that use them agree; and where, inside of a layer that differs, the first
thing that the port computes of each is something that Keras computes, too. What they are called is
no proof: a "scale" may be the logarithm of another.
"""

import contextlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import permutations

import numpy as np

from parity.checking import draws, output, redrawn, trial
from parity.errors import ModelError
from parity.gates import segment_values
from parity.gates.segment_values import SegmentValues
from parity.mapping import guesses
from parity.mapping.plan import Plan, key
from parity.numerics.noise import LIMIT
from parity.records.comparison import Array, LayerCheck, LedgerLine
from parity.sides.calls import TwoSides
from parity.sides.verbs import InKeras, Models, Walks

NEAR = 1e-9  # of the largest value, in float64: far above its rounding, far below a difference
MOST_AXES = 4  # any order of which is tried

Lines = Sequence[LedgerLine]
Tensors = set[str]  # of the port's, by name


def are_proven(one: Plan, sides: TwoSides, rows: Sequence[LayerCheck]) -> bool:
    """rows: of the layers in float64."""
    placed = [line for line in one.ledger.lines if line.by == guesses.BY]
    if not placed:
        return False
    open_ = {line.torch.name for line in placed} - _agreeing(placed, one, rows, sides)
    return not open_ or _agree_on_samples(one, sides) or not open_ - _shown(open_, one, sides)


def _agreeing(placed: Lines, one: Plan, rows: Sequence[LayerCheck], sides: TwoSides) -> Tensors:
    """Those where all steps that use them give what Keras does, and whose numbers tell something:
    they are not all one, as zeros are, and unlike those of the others."""
    ratios = {row.keras: row.isolated_ratio for row in rows}
    found: dict[str, bool] = {}  # each tensor: do all rows that have it?
    for match in one.alignment.matches:
        ratio = ratios.get(match.keras.name)
        for name in set().union(*map(trial.tensors_of, match.torch)):
            is_alike = ratio is not None and ratio <= LIMIT
            found[name] = found.get(name, True) and is_alike
    agreeing = [line for line in placed if found.get(line.torch.name)]
    names_of = [line.keras.name for line in agreeing]
    held = sides.keras.call(Models.weights, key(one.pair, "float32"), names_of)
    same = Counter(array.tobytes() for array in held.values())
    return {
        line.torch.name
        for line in agreeing
        if (array := held[line.keras.name]).min() != array.max() and same[array.tobytes()] == 1
    }


def _agree_on_samples(one: Plan, sides: TwoSides) -> bool:
    """Does one sample agree as a whole, and with other weights some sample, too?"""
    if not redrawn.is_possible(one):
        return False
    for seed in (None, *draws.WEIGHTS):
        draw = replace(draws.of(one), weights=seed)
        with draws.weights_of(draw, one, sides) as is_held:
            if not (is_held and output.agree_on_a_sample(draw, one, sides)):
                return False
    return True


def _shown(wanted: Tensors, one: Plan, sides: TwoSides) -> Tensors:
    """Those of which Keras computes first what the port does, with other weights, too."""
    if not redrawn.is_possible(one):
        return set()
    for seed in (None, *draws.WEIGHTS[:1]):
        draw = replace(draws.of(one), weights=seed)
        with draws.weights_of(draw, one, sides) as is_held:
            wanted = _met(wanted, one, sides) if is_held else set()
    return wanted


def _met(wanted: Tensors, one: Plan, sides: TwoSides) -> Tensors:
    found: Tensors = set()
    with contextlib.suppress(ModelError):  # it cannot be run further, or was recorded without it
        for met in segment_values.along(one, sides, dict(one.fits)):
            firsts = dict(_firsts(met, wanted - found))
            if firsts:
                found |= _met_inside(firsts, met, one, sides)
    return found


def _firsts(met: SegmentValues, wanted: Tensors) -> Iterator[tuple[str, str]]:
    """For each of these tensors that a segment has, the first step which computes something of it
    and of what the segment takes."""
    for name in sorted(wanted):
        of_weights = set[str]()
        for step in met.match.torch:
            fed = {taken.partition(":")[0] for taken in step.inputs}
            if name not in trial.tensors_of(step) and fed.isdisjoint(of_weights):
                continue
            if fed <= of_weights:  # of weights alone, as a view of them
                of_weights.add(step.name)
                continue
            yield name, step.name
            break


def _met_inside(firsts: dict[str, str], met: SegmentValues, one: Plan, sides: TwoSides) -> Tensors:
    steps = [step.name for step in met.match.torch]
    feeds = met.feeds["float64"]
    values = {
        last: sides.torch.call(
            Walks.alone, one.held, steps[: steps.index(last) + 1], feeds, last, "float64"
        )
        for last in dict.fromkeys(firsts.values())
    }
    ours = [step.name for step in met.match.keras_steps]
    sizes = sorted({value.size for value in values.values()})
    inside = sides.keras.call(InKeras.inside, one.held, ours, met.given, ours[-1], sizes)
    seen = {last for last, value in values.items() if any(_is_same(value, x) for x in inside)}
    return {name for name, last in firsts.items() if last in seen}


def _is_same(value: Array, other: Array) -> bool:
    """In some order of the axes that have a length; a constant is nothing that tells."""
    one, other = value.squeeze(), other.squeeze()
    if one.size != other.size or one.ndim > MOST_AXES or one.min() == one.max():
        return False
    turned = map(one.transpose, permutations(range(one.ndim)))
    largest = NEAR * np.abs(other).max()
    return any(x.shape == other.shape and np.abs(x - other).max() <= largest for x in turned)
