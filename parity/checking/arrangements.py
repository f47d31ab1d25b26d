"""How the port may take its inputs: in which layouts, and through which arguments."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from parity.mapping import arguments
from parity.mapping.layout_moves import AS_IT_IS, CHANNELS, CHANNELS_BEHIND_TIME
from parity.mapping.overrides import MappingOverrides
from parity.mapping.plan import Inputs, Shown, as_torch
from parity.mapping.rules.operations import ACTIVATIONS, KERAS
from parity.records.comparison import Array, Layout, Trace
from parity.records.inputs import Arguments

CONVOLUTIONAL = (
    *("Conv", "MaxPool", "AveragePool", "ZeroPadding", "UpSampling", "Depthwise"),
    *("Separable", "Cropping", "GlobalMax", "GlobalAverage", "Spatial"),
)
# What may stand in front of a convolution, and minds no axis but that of the channels.
ON_CHANNELS = ("BatchNormalization", "Normalization", "GroupNormalization")
ON_EACH = {
    *ACTIVATIONS.values(),
    *("add", "subtract", "multiply", "divide", "average", "maximum", "minimum", "rescale"),
    *("negative", "abs", "power", "square", "sqrt", "exp", "log", "log1p", "clip", "cast"),
    *("dropout", "gaussian_dropout", "gaussian_noise", "identity"),
}
IMAGE = 4  # axes of a batch of them


@dataclass(frozen=True)
class Arrangement:
    """One way of giving the port Keras's inputs.

    layouts  of each; names: where each goes, as parity/sides/torch_calling.py reads it
    is_open  may the outputs choose it? Not a layout that would make a port right which reads the
             axes of Keras's own wrongly: that is tried where the port cannot be run otherwise.
    """

    layouts: tuple[Layout, ...]
    names: tuple[str, ...]
    is_open: bool

    def shown(self, given: Inputs, below: Mapping[str, Array]) -> Shown:
        numbers = [f":{n}" if n else "" for n in range(len(given))]
        moved = as_torch(given, self.names, self.layouts)
        return Shown(given, moved, dict(zip(numbers, self.layouts, strict=True)), below)


def every(
    given: Inputs,
    trace: Trace,
    takes: Arguments,
    overrides: MappingOverrides,
    has_order: bool,
) -> Iterator[Arrangement]:
    """The ways in which the port may take the inputs, the likeliest first.

    trace: Keras's pass on them; takes: the port's arguments; has_order: False for a dictionary.
    """
    told = [overrides.input(name, number) for number, name in enumerate(given)]
    choices: list[list[tuple[Layout, bool]]] = []
    for number, (array, one) in enumerate(zip(given.values(), told, strict=True)):
        name = f":{number}" if number else ""
        choices.append([(one.layout, True)] if one.layout else _layouts(array, trace, name))
    for way in arguments.ways([*given], takes, has_order):
        names = tuple(one.torch or name for one, name in zip(told, way, strict=True))
        if len(set(names)) < len(names):
            continue
        for layouts in itertools.product(*choices):
            is_open = all(is_open for _, is_open in layouts)
            yield Arrangement(tuple(layout for layout, _ in layouts), names, is_open)


def _layouts(array: Array, trace: Trace, name: str) -> list[tuple[Layout, bool]]:
    """The layouts in which the port may take an input, and whether the outputs may choose each."""
    is_float = np.issubdtype(array.dtype, np.floating)
    if array.ndim > IMAGE and is_float:
        return [(CHANNELS, True), (CHANNELS_BEHIND_TIME, True), (AS_IT_IS, True)]
    if array.ndim >= IMAGE or (array.ndim == IMAGE - 1 and is_float and _is_convolved(trace, name)):
        return [(CHANNELS, True), (AS_IT_IS, True)]
    if array.ndim == IMAGE - 1 and is_float:
        return [(AS_IT_IS, True), (CHANNELS, False)]
    return [(AS_IT_IS, True)]


def _is_convolved(trace: Trace, name: str) -> bool:
    """Does a layer that works on channels take this input, as it is or each element changed?"""
    reached = {name}
    for step in trace.steps:
        if reached.isdisjoint(step.inputs):
            continue
        if step.kind.startswith(CONVOLUTIONAL):
            return True
        if KERAS.get(step.kind) in ON_EACH or step.kind in (*ON_CHANNELS, "Activation"):
            reached.add(step.name)
    return False
