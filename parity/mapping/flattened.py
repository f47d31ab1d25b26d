"""Weights behind a flattened map, as a port holds them that flattens it with its channels first.

Where both sides can be measured, values tell in which order features stand. Where they cannot, as
for what is flattened image by image, this order is a guess, of which the outputs choose.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from math import prod

import numpy as np

from parity.mapping import layout_moves
from parity.mapping.flow import Flow
from parity.mapping.moved_values import changes_each
from parity.mapping.own_layers import is_known
from parity.mapping.rules import features
from parity.mapping.rules.operations import KERAS
from parity.records.comparison import Ledger, LedgerLine, Trace, Variable

Shape = tuple[int, ...]


def channels_first(ledger: Ledger, keras: Trace) -> Ledger | None:
    """The ledger with the weights behind maps that Keras flattens in that order; None where there
    are none, or where their order is known."""
    each = chain(_inside(ledger, keras), _behind(keras))
    found = {v.name: (axis, shape) for v, axis, shape in each}
    lines = tuple(
        _in_order(line, *found[line.keras.name]) if line.keras.name in found else line
        for line in ledger.lines
    )
    return replace(ledger, lines=lines) if lines != ledger.lines else None


def _in_order(line: LedgerLine, axis: int, shape: Shape) -> LedgerLine:
    if layout_moves.is_in_order(line.move):
        return line
    order = np.moveaxis(np.arange(prod(shape)).reshape(shape), -1, 0).ravel()
    layout = layout_moves.flat(order, shape)
    return replace(line, move=layout_moves.in_order(line.move, layout, axis))


def _behind(keras: Trace) -> Iterator[tuple[Variable, int, Shape]]:
    """Each weight of features that were a map before, with its axis of them and the map's shape."""
    flow, shapes = Flow(keras.steps), {step.name: step.shape for step in keras.steps}
    for step in keras.steps:
        if KERAS.get(features.unwrapped(step).kind) != "flatten" or len(step.inputs) != 1:
            continue
        shape = _map(shapes.get(step.inputs[0], ()), step.shape[-1])
        waiting = [step] if shape else []
        while waiting:
            for taker in flow.consumers(waiting.pop()):
                for variable in taker.variables:
                    axis = features.axis(taker, variable.role, variable.shape, prod(shape))
                    if axis is not None and variable.shape[axis] == prod(shape):
                        yield variable, axis, shape
                is_folded = KERAS.get(taker.kind) == "flatten"
                if is_folded or changes_each(taker) or features.keeps(taker):
                    waiting.append(taker)


def _inside(ledger: Ledger, keras: Trace) -> Iterator[tuple[Variable, int, Shape]]:
    """The same of layers of a person's own: one that may flatten the map that it takes, and those
    that are seen as what they compute, the weights of which no step has."""
    shapes = {step.name: step.shape for step in keras.steps}
    seen = {v.name for step in keras.steps for v in step.variables}
    loose = tuple(x.keras for x in ledger.lines if x.keras.name not in seen)
    for step in keras.steps:
        taken = shapes.get(step.inputs[0], ()) if len(step.inputs) == 1 else ()
        shape = _map(taken, prod(taken[1:]))
        is_flatten = KERAS.get(step.kind) == "flatten"
        for variable in loose if is_flatten else () if is_known(step) else step.variables:
            axes = [i for i, length in enumerate(variable.shape) if length == prod(shape)]
            if shape and len(variable.shape) > 1 and axes:
                yield variable, axes[0], shape


def _map(shape: Shape, count: int) -> Shape:
    """The last axes of a shape that make so many features; none where these are of one axis."""
    for rank in range(2, len(shape)):
        last = shape[-rank:]
        if prod(last) == count and last[-1] > 1 and prod(last[:-1]) > 1:
            return last
    return ()
