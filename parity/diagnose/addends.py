"""A value that Keras adds or multiplies by in a segment, of its own making, and that the port goes
without: a branch that was left out."""

from collections.abc import Iterator
from itertools import islice
from typing import Literal

from parity.diagnose import added, reading
from parity.diagnose.differing_segment import DifferingSegment, Result, gap_of, is_noise, played
from parity.diagnose.hypothesis import Hypothesis
from parity.mapping.rules.operations import KERAS
from parity.records.comparison import Step
from parity.records.interventions import Change

KINDS = {"add": ("Add", "+"), "multiply": ("Multiply", "*")}
MOST = 32  # places of the port's that are tried

Axes = tuple[int, ...]
Where = Literal["input", "output"]


def lost(subject: DifferingSegment) -> Result | None:
    """The port's values with that one of Keras's agree; None where none is such a one."""
    for layer, name, step, where, axes in islice(_places(subject), MOST):
        kind, sign = KINDS[KERAS[layer.kind]]
        lent = subject.taken[name]
        value = {"kind": kind, "config": {"inputs": 2}, "axes": axes, "input_1": lent}
        changes = (Change(step.name, where, "keras_layer", value),)
        gap, layout = gap_of(subject, played(subject, changes))
        if is_noise(subject, gap):
            says = f"both agree when the port takes {name}, too, which Keras takes in {layer.name}"
            place = "behind" if where == "output" else "before"
            fix = f"y = y {sign} x  # {place} {step.name}, x as Keras's {name} is made"
            return Result(Hypothesis("layer-missing", says, fix, changes), gap, layout, layer)
    return None


def _places(subject: DifferingSegment) -> Iterator[tuple[Step, str, Step, Where, Axes]]:
    """Each of Keras's that joins, what it takes of its own, and the port's step behind which that
    may be joined, or before the first, with where Keras's axes are there."""
    steps = subject.match.torch
    ends: list[tuple[Step, Where]] = [(step, "output") for step in reversed(steps)]
    ends.append((steps[0], "input"))
    for layer in reversed(subject.match.keras_steps):
        if KERAS.get(layer.kind) not in KINDS or len({*layer.inputs}) < 2:
            continue
        own = [name for name in layer.inputs if name in subject.earlier and name in subject.taken]
        rank = len(layer.shape)
        usual = (added.axes_of(subject.layout, rank), tuple(range(rank)), reading.to_torch(rank))
        for name in own:
            for step, where in ends:
                for axes in dict.fromkeys(usual):
                    if _stands(layer, step, axes):
                        yield layer, name, step, where, axes


def _stands(layer: Step, step: Step, axes: Axes) -> bool:
    is_alike = len(step.shape) == len(layer.shape) == len(axes)
    return is_alike and tuple(step.shape[axis] for axis in axes) == layer.shape
