"""A table of the port's own, as of positions or of waves, that holds other numbers than Keras's.

Where each value of the port's follows one number of the table along a line, Keras's values say what
that number should be. It has to serve for all samples, which is the proof.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from parity.diagnose.constants import Table, of
from parity.diagnose.differing_segment import DifferingSegment, Result, gap_of, is_noise, played
from parity.diagnose.hypothesis import Hypothesis
from parity.diagnose.reading import figures
from parity.records.budget import UNLIMITED, Budget
from parity.records.comparison import Array
from parity.records.interventions import Change

CAUSE = "table"
SAMPLES = 2  # values at least that follow each number
SAME = 1e-5  # a number is another from there on
DIGITS = 7  # behind the point, of those that are written down
WHOLE = 1e-3  # how near to a place that which is reckoned of it is
MOST, WRITTEN = 64, 32  # columns that are looked for elsewhere; numbers that are written down


def solved(subject: DifferingSegment, budget: Budget = UNLIMITED) -> Result | None:
    """The table with which the port's values are Keras's; None where there is none."""
    apart, layout = gap_of(subject, played(subject, ()))
    if not np.isfinite(apart):
        return None
    for table in budget.lasting(of(subject.match.torch, subject.input_shape)):

        def under(numbers: Array, table: Table = table) -> Array | None:
            found = played(subject, (table.change(numbers),))
            return None if found is None else layout.to_keras(found).ravel()

        line = _Line.of(table.shape, under)
        present, own = played(subject, ()), subject.keras.ravel()
        wanted = None if line is None else line.table(own)
        if line is None or wanted is None or present is None:
            continue
        changes = (table.change(wanted),)
        gap, fitting = gap_of(subject, played(subject, changes))
        if is_noise(subject, gap):
            before = line.table(layout.to_keras(present).ravel())
            hypothesis = _hypothesis(table, before, wanted, line.followed(), changes)
            return Result(hypothesis, gap, fitting, subject.match.keras_steps[-1])
    return None


@dataclass(frozen=True)
class _Line:
    """How a port's values follow a table: each is start + slope * table[place]."""

    shape: tuple[int, ...]
    start: Array
    slope: Array
    place: Array

    @staticmethod
    def of(shape: tuple[int, ...], under: Callable[[Array], Array | None]) -> "_Line | None":
        """under: the values with another table. None where they follow it in no such way."""
        numbers = np.arange(math.prod(shape), dtype=np.float64).reshape(shape)
        found = [under(table) for table in (np.zeros(shape), np.ones(shape), numbers)]
        start, one, counted = found
        if start is None or one is None or counted is None or not np.isfinite(counted).all():
            return None
        slope = one - start
        is_fed = slope != 0
        counts = np.zeros_like(slope)
        counts[is_fed] = (counted - start)[is_fed] / slope[is_fed]
        place = np.rint(counts)
        is_told = np.abs(counts - place) < WHOLE
        is_inside = (place >= 0) & (place < numbers.size)
        if not (is_told & is_inside).all() or not is_fed.any():
            return None
        return _Line(shape, start, slope, place.astype(np.int64))

    def followed(self) -> Array:
        """Which numbers of the table any value follows."""
        counts = np.bincount(self.place[self.slope != 0], minlength=math.prod(self.shape))
        return counts.reshape(self.shape) > 0

    def table(self, values: Array) -> Array | None:
        """The numbers that values tell, zero of those that none follows; None where some are told
        by too few."""
        if np.iscomplexobj(values) or np.iscomplexobj(self.slope):
            return None
        size = math.prod(self.shape)
        followed = np.bincount(self.place[self.slope != 0], minlength=size)
        if ((followed > 0) & (followed < SAMPLES)).any():
            return None
        weights = np.bincount(self.place, self.slope**2, size)
        sums = np.bincount(self.place, self.slope * (values - self.start), size)
        told = np.divide(sums, weights, out=np.zeros(size), where=weights > 0)
        return told.reshape(self.shape)


def _hypothesis(
    table: Table,
    present: Array | None,
    wanted: Array,
    followed: Array,
    changes: tuple[Change, ...],
) -> Hypothesis:
    """followed: which of the numbers any value follows."""
    name = table.line
    if present is None:
        present = np.zeros_like(wanted)
    if order := _order(present, wanted):
        says = f"the columns of {table.name} stand in another order than those of Keras's table"
        return Hypothesis("feature-order", says, f"{name} = {name}[..., {order}]", changes)
    own, keras = (_rows(x)[_rows(followed).any(1)] for x in (present, wanted))
    if len(own) > 1 and np.abs(own[::-1] - keras).max() < SAME:
        says = f"the rows of {table.name} stand in the other direction than Keras's"
        return Hypothesis(CAUSE, says, f"{name} = {_written(wanted)}", changes)
    if by := _shift(own, keras):
        when = "earlier" if by > 0 else "later"
        says = f"the rows of {table.name} begin {abs(by)} {when} than Keras's"
        return Hypothesis("rows-shifted", says, f"{name} = {_written(wanted)}", changes)
    apart = np.abs(present - wanted)
    place = tuple(int(n) for n in np.unravel_index(int(apart.argmax()), apart.shape))
    one, other = figures(float(present[place]), float(wanted[place]))
    at = ", ".join(map(str, place))
    says = f"{table.name}[{at}] is {one} in the port, {other} in Keras"
    return Hypothesis(CAUSE, says, f"{name} = {_written(wanted)}", changes)


def _order(present: Array, wanted: Array) -> list[int]:
    """Where each column of the one stands in the other; nothing where they are no such columns."""
    count = present.shape[-1]
    if present.ndim < 2 or count > MOST:
        return []
    apart = np.abs(present[..., None, :] - wanted[..., :, None]).reshape(-1, count, count).max(0)
    order = [int(n) for n in apart.argmin(1)]
    is_whole = sorted(order) == [*range(count)] and (apart.min(1) < SAME).all()
    return order if is_whole and order != [*range(count)] else []


def _rows(table: Array) -> Array:
    return table.reshape(-1, table.shape[-1]) if table.ndim > 1 else table[:, None]


def _shift(present: Array, wanted: Array) -> int:
    """By how many rows the one stands behind the other; 0 where it does not."""
    rows = len(present)
    for by in range(1, rows - 1):
        for one, other, sign in ((present, wanted, -1), (wanted, present, 1)):
            if np.abs(one[:-by] - other[by:]).max() < SAME:
                return sign * by
    return 0


def _written(table: Array) -> str:
    if table.size > WRITTEN:
        return "torch.as_tensor(table)  # the numbers of Keras's own"
    return f"torch.tensor({np.float32(table).astype(np.float64).round(DIGITS).tolist()})"
