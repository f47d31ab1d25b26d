"""All that may be wrong with a layer, the likely and the specific first."""

import contextlib
from collections.abc import Callable, Iterator
from itertools import islice

from parity.diagnose import (
    activations,
    attention,
    axes,
    both_directions,
    cropping,
    distances,
    exchanged_inputs,
    exchanged_parts,
    feature_order,
    inputs,
    layers,
    logarithms,
    norm_kinds,
    normalisation,
    operators,
    padding,
    pooling,
    powers,
    recurrent,
    remade_weights,
    repeats,
    scalars,
    shapes,
    spectra,
    stacked_layers,
    stepped_cells,
    summaries,
    switches,
    taken,
    training,
    turned,
    unfit,
    unit_vectors,
    upsampling,
    views,
    weights,
    written_loops,
    written_norms,
)
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.records.interventions import Change

MOST = 160  # hypotheses a case: each is a pass through its steps
UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)

# Where two changes mend a layer, the first names the cause. So families that compare a setting of
# Keras's with one of torch's stand before those that only try, and leaving a step out stands last.
FAMILIES: tuple[Callable[[Case], Iterator[Hypothesis]], ...] = (
    unfit.hypotheses,  # without which nothing can be run
    training.hypotheses,
    normalisation.hypotheses,
    norm_kinds.hypotheses,
    unit_vectors.hypotheses,
    distances.hypotheses,
    written_norms.hypotheses,
    layers.settings,
    layers.renormed,
    layers.computed,
    layers.own_forward,
    padding.hypotheses,
    cropping.hypotheses,
    pooling.hypotheses,
    upsampling.hypotheses,
    weights.bias_again,
    activations.hypotheses,
    shapes.hypotheses,
    views.hypotheses,
    turned.hypotheses,
    recurrent.hypotheses,
    stacked_layers.hypotheses,
    stepped_cells.hypotheses,
    written_loops.hypotheses,
    both_directions.hypotheses,
    attention.hypotheses,
    axes.hypotheses,
    layers.casts,
    weights.hypotheses,
    inputs.reversed_channels,
    exchanged_inputs.hypotheses,
    exchanged_parts.hypotheses,
    scalars.hypotheses,
    spectra.hypotheses,
    powers.hypotheses,
    logarithms.hypotheses,
    summaries.hypotheses,
    taken.hypotheses,
    repeats.hypotheses,
    switches.hypotheses,
    operators.hypotheses,
    activations.of_steps,
    activations.lost_inside,
    feature_order.hypotheses,
    remade_weights.hypotheses,
    layers.extra,
    powers.sizes,
    inputs.hypotheses,
    remade_weights.normalised,
)


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    """What is worth trying where two layers differ in a forward pass at inference."""
    return islice(_distinct(case, FAMILIES), MOST)


def in_training(case: Case) -> Iterator[Hypothesis]:
    """What is worth trying where they differ in training mode alone."""
    return islice(_distinct(case, (training.in_training,)), MOST)


def _distinct(
    case: Case, families: tuple[Callable[[Case], Iterator[Hypothesis]], ...]
) -> Iterator[Hypothesis]:
    seen: list[tuple[Change, ...]] = []
    for family in families:
        # A family that does not understand what it reads has nothing to say of it.
        with contextlib.suppress(*UNREADABLE):
            for found in family(case):
                if found.changes not in seen:
                    seen.append(found.changes)
                    yield found
