"""Does a port that a check calls mended give what Keras gives? Looked at from outside the check.

Both are run in float64 on inputs and weights that the check has not seen, and the weights are moved
by the hand that wrote the twins.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from parity.checking import probe
from parity.records.comparison import Array, Report
from parity.records.interventions import Change, Lent
from parity.selftest import weights as placed
from parity.selftest.port import Place, moves, write
from parity.selftest.rounding import through_float32
from parity.selftest.spec import Spec, examples
from parity.sides.modules import Factory
from parity.sides.process import Sides
from parity.sides.verbs import InKeras, Models

KERAS = "parity.selftest.keras_twin"
KEY = "repaired"
SEEDS = (101, 102)  # none that a check draws with
EXACT, FLOAT32 = 1e-8, 1e-5  # of the largest value; a function may switch to another formula

State = dict[str, Array]


def is_faithful(spec: Spec, port: Spec, changes: Sequence[Change], sides: Sides) -> bool:
    """Does the port of `port`, with these changes, give what Keras's model of `spec` gives?"""
    sides.keras.call(InKeras.open, KEY, Factory(KERAS, "build", (spec,)))
    drawn = sides.keras.call(Models.weights, KEY)
    floats = {name: array for name, array in drawn.items() if array.dtype.kind == "f"}
    try:
        return all(_agrees(spec, port, changes, floats, seed, sides) for seed in SEEDS)
    finally:
        sides.keras.call(Models.close, KEY)


def _agrees(
    spec: Spec, port: Spec, changes: Sequence[Change], drawn: State, seed: int, sides: Sides
) -> bool:
    ours = {name: _moved(array, seed) for name, array in probe.weights(drawn).items()}
    shown = [x.astype("float32") if x.dtype.kind == "f" else x for x in examples(spec, seed)]
    sides.keras.call(Models.assign, KEY, ours)
    (answer,) = sides.keras.call(Models.answer, KEY, _by_number(shown), "float64")
    wanted, written = answer.parts[0].value, write(port)
    lent = [_lent(change, ours, spec, port, shown) for change in changes]
    inputs = [
        np.moveaxis(x, -1, 1).copy() if first else x
        for x, first in zip(shown, written.inputs, strict=True)
    ]
    most = FLOAT32 if through_float32(spec) else EXACT
    for state in _states(spec, port, ours):
        got = sides.torch.run(_mended, port, state, lent, inputs)
        if wanted is None or got is None:
            continue
        # A cause may be mended by what leaves the port's axes in the order of Keras's, and the
        # check, too, takes either.
        turned = [np.moveaxis(got, 1, -1)] if written.output and got.ndim > 2 else []
        if any(x.shape == wanted.shape and _distance(x, wanted) <= most for x in (*turned, got)):
            return True
    return False


def _states(spec: Spec, port: Spec, ours: State) -> Iterator[State]:
    """The port's weights. The columns of a kernel behind a Flatten may be in the order in which the
    port flattens, or the faithful one, or Keras: a cause may be mended at either place."""
    yield placed.move(port, ours)
    yield _as_faithful(spec, port, ours)
    flat = {
        place.torch: ours[place.keras[0]].T
        for place in write(port).places
        if isinstance(place.move, partial) and place.move.func is moves.reordered
    }
    yield placed.move(port, ours) | flat


def _as_faithful(spec: Spec, port: Spec, ours: State) -> State:
    """What the faithful port holds, by the names of the port's own tensors: a module may be called
    by its number, which is another where a layer is missing before it. A layer that is written in
    other tensors holds the port's own."""
    moved, own = placed.move(spec, ours), placed.move(port, ours)
    held = {_part(place): moved[place.torch] for place in write(spec).places}
    return {place.torch: held.get(_part(place), own[place.torch]) for place in write(port).places}


def _part(place: Place) -> tuple[tuple[str, ...], str]:
    """What a tensor is made from, and its name in its module."""
    return place.keras, place.torch.rpartition(".")[2]


def _distance(one: Array, other: Array) -> float:
    """The greatest difference, as a share of the greatest value."""
    return float(np.abs(one - other).max() / np.abs(other).max())


def _by_number(arrays: Sequence[Array]) -> dict[str, Array]:
    return {str(number): array for number, array in enumerate(arrays)}


def holds_all_again(report: Report, held: State, wanted: State) -> bool:
    """Has the port Keras's weights everywhere, once those that were named are loaded anew?

    held: what it was given; wanted: what it should hold.
    """
    named = {x.torch for x in report.diagnosis if x.gate == "weights" and x.causes}
    return all(name in named or np.array_equal(held[name], wanted[name]) for name in wanted)


def _moved(weight: Array, seed: int) -> Array:
    """By so little that a variance stays positive."""
    generator = np.random.default_rng((seed, weight.size))
    return (weight + generator.uniform(0.0, 0.05, weight.shape)).astype(weight.dtype)


def _lent(change: Change, weights: State, spec: Spec, port: Spec, shown: Sequence[Array]) -> Change:
    """The change with these weights of Keras's, as the faithful port holds them where they stand
    in its place, and the mask of these ids."""
    if not isinstance(change.value, dict):
        return change
    ids = [x for x, given in zip(shown, spec.inputs, strict=True) if given.padded]
    faithful = _as_faithful(spec, port, weights)

    def array(x: Lent) -> Array:
        if not x.is_weight:
            return np.asarray(ids[0] != 0)
        return faithful[x.place] if x.place else weights[x.name]

    value = {
        name: replace(x, array=array(x)) if isinstance(x, Lent) else x
        for name, x in change.value.items()
    }
    return replace(change, value=value)


def _mended(
    port: Spec, state: State, changes: Sequence[Change], inputs: list[Array]
) -> Array | None:
    from parity.selftest import repairing  # torch, in the worker alone

    return repairing.mended(port, state, changes, inputs)
