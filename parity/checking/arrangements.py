"""How the port may take its inputs: in which layouts, and through which arguments."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from parity.mapping import arguments
from parity.mapping.activation_layouts import is_channels_first
from parity.mapping.layout_moves import AS_IT_IS, CHANNELS, CHANNELS_BEHIND_TIME
from parity.mapping.overrides import MappingOverrides
from parity.mapping.plan import Inputs, Shown, as_torch
from parity.mapping.rules.operations import ACTIVATIONS, KERAS, TORCH
from parity.records.comparison import Array, Layout, Step, Trace
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
PRODUCTS = ("einsum", "Linear", "linear", "matmul")
IMAGE = 4  # axes of a batch of them


@dataclass(frozen=True)
class Arrangement:
    """One way of giving the port Keras's inputs.

    is_open  may the outputs choose it? Not a layout that would make a port right which reads the
             axes of Keras's own wrongly: that is tried where the port cannot be run otherwise
    turned   the inputs, by Keras's names of the values, of which the port must exchange the axes
             for the outputs to choose it: what works on channels finds them second
    """

    shown: Shown
    is_open: bool = True
    turned: tuple[str, ...] = ()


def every(
    given: Inputs,
    below: Mapping[str, Array],
    trace: Trace,
    takes: Arguments,
    overrides: MappingOverrides,
    has_order: bool,
) -> Iterator[Arrangement]:
    """The ways in which the port may take the inputs, the likeliest first.

    below: as of `Shown`; trace: Keras's pass on them; takes: the port's arguments; has_order: False
    for a dictionary's.
    """
    told = [overrides.input(name, number) for number, name in enumerate(given)]
    values = [f":{number}" if number else "" for number in range(len(given))]
    choices = [
        [_Choice(one.layout)] if one.layout else _layouts(array, trace, value)
        for value, array, one in zip(values, given.values(), told, strict=True)
    ]
    for way in arguments.ways([*given], takes, has_order):
        names = tuple(one.torch or name for one, name in zip(told, way, strict=True))
        if len(set(names)) < len(names):
            continue
        for chosen in itertools.product(*choices):
            layouts = dict(zip(values, (x.layout for x in chosen), strict=True))
            moved = as_torch(given, names, list(layouts.values()))
            yield Arrangement(
                Shown(given, moved, layouts, below),
                all(x.is_open for x in chosen),
                tuple(value for value, x in zip(values, chosen, strict=True) if x.is_turned),
            )


@dataclass(frozen=True)
class _Choice:
    """A layout of one input, with what an Arrangement says of it."""

    layout: Layout
    is_open: bool = True
    is_turned: bool = False


def _layouts(array: Array, trace: Trace, name: str) -> list[_Choice]:
    """The layouts in which the port may take an input."""
    is_float = np.issubdtype(array.dtype, np.floating)
    if array.ndim < IMAGE - 1 or (array.ndim == IMAGE - 1 and not is_float):
        return [_Choice(AS_IT_IS)]
    first = _first_on_channels(trace, name)
    if first is not None and is_channels_first(first):
        return [_Choice(AS_IT_IS)]
    if array.ndim == IMAGE - 1 and not (first and first.kind.startswith(CONVOLUTIONAL)):
        return [_Choice(AS_IT_IS), _Choice(CHANNELS, is_open=False)]
    is_series = array.ndim > IMAGE or _is_taken_by_steps(trace, name, array.shape)
    behind_time = [_Choice(CHANNELS_BEHIND_TIME)] if is_series else []
    return [_Choice(CHANNELS), *behind_time, _Choice(AS_IT_IS, is_turned=first is not None)]


def _is_taken_by_steps(trace: Trace, name: str, shape: tuple[int, ...]) -> bool:
    """Does a layer take each step of this input by itself, or as a sample?"""
    takers = [step for step in trace.steps if name in step.inputs]
    as_samples = (shape[0] * shape[1], *shape[2:])
    return any(step.kind == "TimeDistributed" or step.shape == as_samples for step in takers)


def _first_on_channels(trace: Trace, name: str) -> Step | None:
    """The first layer that works on the channels of this input, as it is or with each of its
    elements changed: a convolution, if there is one, else a normalisation; None for none."""
    reached: set[str] = {name}
    found: Step | None = None
    for step in trace.steps:
        if reached.isdisjoint(step.inputs):
            continue
        if step.kind.startswith(CONVOLUTIONAL):
            return step
        is_norm = step.kind in ON_CHANNELS
        if is_norm or KERAS.get(step.kind) in ON_EACH or step.kind == "Activation":
            reached.add(step.name)
            found = found or (step if is_norm else None)
    return found


def is_turned(trace: Trace, name: str, axes: int) -> bool:
    """Does the port exchange the axes of this input, as it is or with each element changed, or
    multiply along the last, or look at it as at images of one channel? axes: that the input has."""
    reached = {name}
    for step in trace.steps:
        if reached.isdisjoint(step.inputs):
            continue
        is_image = len(step.shape) == axes + 1 and step.shape[1] == 1
        if TORCH.get(step.kind) == "permute" or step.kind in PRODUCTS or is_image:
            return True
        if TORCH.get(step.kind) in ON_EACH:
            reached.add(step.name)
    return False
