"""How the two models of a pair stand to each other, before any value is compared."""

from dataclasses import dataclass

import numpy as np

from parity import layouts, transfer
from parity.align import align
from parity.errors import ModelError
from parity.records import Alignment, Array, Dtype, Layout, Ledger, Match, Pair, Trace
from parity.sides.process import Sides

DTYPES: tuple[Dtype, ...] = ("float64", "float32")


@dataclass(frozen=True)
class Plan:
    pair: Pair
    alignment: Alignment
    keras: Trace
    torch: Trace
    layouts: dict[str, Layout]  # of each Keras layer's output; "" is the model's input
    ledger: Ledger


def key(pair: Pair, dtype: Dtype) -> str:
    """The name that a side holds this pair's model under."""
    return f"{pair.name} {dtype}"


def draw_up(pair: Pair, sides: Sides, images: Array, seed: int = 0) -> Plan:
    """Build both models in both dtypes, trace them, align them, and draw up the ledger.

    images: uint8 (N, 28, 28). The models stay held by the sides under key(pair, dtype).
    """
    for dtype in DTYPES:
        name = key(pair, dtype)
        sides.both("build", (name, pair.keras, dtype, seed), (name, pair.torch, dtype, seed))
    wide = key(pair, "float64")
    keras, torch = sides.both("trace", (wide, images), (wide, images))
    alignment = align(keras, torch)
    flats = {
        match.keras.name: _flat_layout(match, keras.inputs[match.keras.name].shape[1:], sides, wide)
        for match in alignment.matches
        if match.keras.kind == "Flatten" and keras.inputs[match.keras.name].ndim > 2
    }
    ranks = {step.name: len(step.shape) for step in keras.steps}
    ranks[""] = keras.inputs[keras.steps[0].name].ndim
    found = layouts.follow(keras.steps, ranks, flats)
    return Plan(pair, alignment, keras, torch, found, transfer.plan(alignment, keras, torch, found))


def _flat_layout(match: Match, shape: tuple[int, ...], sides: Sides, name: str) -> Layout:
    """Ask the port itself in which order it flattens: send an index image through it."""
    index = np.arange(np.prod(shape), dtype=np.float64).reshape(1, *shape)
    steps = tuple(step.name for step in match.torch)
    job = {"flat": (steps, layouts.CHANNELS.to_torch(index))}
    order = sides.torch.call("replay", name, job)["flat"].ravel().astype(int)
    try:
        return layouts.flat(order, shape)
    except ValueError as error:
        raise ModelError(f"{' + '.join(steps)} against {match.keras.name}: {error}") from error
