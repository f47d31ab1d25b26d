"""A value that Keras adds or multiplies by at the end of a segment, of its own making, and that the
port goes without: a branch without weights that was left out."""

from parity.diagnose import added
from parity.diagnose.differing_segment import DifferingSegment, Result, gap_of, is_noise, played
from parity.diagnose.hypothesis import Hypothesis
from parity.mapping.rules.operations import KERAS
from parity.records.interventions import Change

KINDS = {"add": ("Add", "+"), "multiply": ("Multiply", "*")}


def lost(subject: DifferingSegment) -> Result | None:
    """The port's values with that one of Keras's agree; None where none is such a one."""
    last = subject.match.keras_steps[-1]
    kind, sign = KINDS.get(KERAS.get(last.kind, ""), ("", ""))
    axes = added.axes_of(subject.layout, len(last.shape))
    if not kind or len({*last.inputs}) < 2 or not axes:
        return None
    for name in last.inputs:
        lent = subject.taken.get(name)
        if name not in subject.earlier or lent is None:
            continue
        value = {"kind": kind, "config": {"inputs": 2}, "axes": axes, "input_1": lent}
        changes = (Change(subject.match.torch[-1].name, "output", "keras_layer", value),)
        gap, layout = gap_of(subject, played(subject, changes))
        if is_noise(subject, gap):
            says = f"both agree when the port takes {name}, too, which Keras takes in {last.name}"
            fix = f"y = y {sign} x  # x as Keras's {name} is made"
            return Result(Hypothesis("layer-missing", says, fix, changes), gap, layout, last)
    return None
