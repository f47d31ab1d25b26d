"""Rows of a table that the port looks up by numbers of its own, as those of positions are: in
another order than Keras, or others.

Each row is put in the place of all; where the values of a place are Keras's then, it is the row
that belongs there.
"""

import numpy as np

from parity.diagnose.differing_segment import DifferingSegment, Result, gap_of, is_noise, played
from parity.diagnose.hypothesis import Hypothesis
from parity.numerics.difference import largest
from parity.records.budget import UNLIMITED, Budget
from parity.records.comparison import Array, Step
from parity.records.interventions import Change

KINDS = ("Embedding", "embedding")
MOST = 64  # rows, of which each is a pass


def solved(subject: DifferingSegment, budget: Budget = UNLIMITED) -> Result | None:
    """The rows with which the port's values are Keras's; None where there are none."""
    apart, layout = gap_of(subject, played(subject, ()))
    tables = (step for step in subject.match.torch if step.kind in KINDS and not step.inputs)
    for step in tables if np.isfinite(apart) else ():
        rows = next((v.shape[0] for v in step.variables), 0)
        found: list[Array] = []
        for row in budget.lasting(range(rows if rows <= MOST else 0)):
            value = played(subject, (_change(step, np.full(step.shape[:-1], row)),))
            if value is not None:
                found.append(layout.to_keras(value))
        axes = [n for n, size in enumerate(subject.keras.shape) if size == step.shape[-2]]
        for axis in axes if len(found) == rows else ():
            wanted = _rows(subject, found, axis)
            if len(wanted) != step.shape[-2]:
                continue
            changes = (_change(step, np.broadcast_to(wanted, step.shape[:-1])),)
            gap, fitting = gap_of(subject, played(subject, changes))
            if is_noise(subject, gap):
                says = f"{step.name} looks up other rows of its table in the port, Keras {wanted}"
                fix = f"x = torch.tensor({wanted})"
                known = Hypothesis("other-places", says, fix, changes)
                return Result(known, gap, fitting, subject.match.keras_steps[-1])
    return None


def _change(step: Step, rows: Array) -> Change:
    return Change(step.name, "input", "replaced", {"by": np.ascontiguousarray(rows)})


def _rows(subject: DifferingSegment, found: list[Array], axis: int) -> list[int]:
    """For each place of an axis the first row that gives Keras's values there, where one does."""
    places = [
        next((row for row, value in enumerate(found) if _agrees(subject, value, axis, at)), None)
        for at in range(subject.keras.shape[axis])
    ]
    return [row for row in places if row is not None]


def _agrees(subject: DifferingSegment, value: Array, axis: int, at: int) -> bool:
    if value.shape != subject.keras.shape:
        return False
    return is_noise(subject, largest(subject.keras.take(at, axis), value.take(at, axis)))
