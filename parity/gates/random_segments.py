"""Layers that draw and compute, such as recurrent ones: what many runs of both sides have alike.

A value by itself tells a share of its own standard deviation. All values together tell far less:
how far they spread over the runs is a mean over thousands of draws, so that what a dropout on
states of some hundreds of units adds to it shows, too. As many runs are made as that takes.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from parity.gates.segment import FEW, FIRST, Changes, Segment
from parity.numerics.noise import LIMIT
from parity.records.comparison import Array, Measured

PILOT = 64  # of Keras's runs: their mean is what the others are seen from
SEEN = 0.03  # the share of the spread that must be seen, were it lost
MOST, LEAST = 4096, 64  # runs
WORK = 2**24  # values in all runs together
AT_ONCE = 2**20  # values in a batch of runs

Runs = Callable[[int, int], Array]  # how many, and a seed -> (runs, N, ...)


@dataclass
class _Sums:
    """Sums over a side's runs: of each value, and of what all values of a run come to."""

    values: Array  # (3, N, ...): sums of x, x^2 and x^4
    pooled: Array  # (runs, figures)

    @property
    def count(self) -> int:
        return len(self.pooled)

    def moment(self, power: int) -> tuple[Array, Array]:
        """The mean of x or x^2 over the runs, and its standard error."""
        mean, square = self.values[power - 1] / self.count, self.values[power] / self.count
        return mean, np.sqrt(np.maximum(square - mean**2, 0.0) / self.count)


@dataclass(frozen=True)
class Seen:
    """What Keras's runs gave: measured once, whatever is changed in the port."""

    centre: Array  # (N, ...): the mean of a pilot
    sums: _Sums


def of_segment(segment: Segment, changes: Changes = ()) -> tuple[Measured, ...]:
    """Mean and mean square of each value of the output over many runs, and of all values together
    how far they spread, alone and along each axis; in standard errors."""
    seen = segment.kept(lambda: _seen(segment))
    ours, centre = seen.sums, seen.centre
    runs: Runs = lambda count, seed: segment.torch_runs(count, seed, None, changes)  # noqa: E731
    one = runs(1, FIRST)[0]
    if one.shape != centre.shape:
        return (segment.measured("output", centre, one, noise=0.0),)
    theirs = _sums(runs, ours.count, centre)
    figures = []
    for what, power in (("mean", 1), ("mean square", 2)):
        (mine, error), (other, other_error) = (x.moment(power) for x in (ours, theirs))
        floor = float(np.finfo(np.float32).eps) * float(np.abs(mine).max())
        figures.append(
            _figure(segment, what, ours.count, (mine, other), (error, other_error, floor))
        )
    for place, what in enumerate(_pooled_names(centre)):
        mine, other = ours.pooled[:, place], theirs.pooled[:, place]
        errors = (x.std() / np.sqrt(len(x)) for x in (mine, other))
        floor = float(np.finfo(np.float32).eps) * abs(float(mine.mean()))
        means = np.array([mine.mean()]), np.array([other.mean()])
        figures.append(_figure(segment, what, ours.count, means, (*errors, floor)))
    return tuple(figures)


def _figure(
    segment: Segment,
    what: str,
    count: int,
    values: tuple[Array, Array],
    errors: tuple[Array | float, Array | float, float],
) -> Measured:
    """errors: those of both sides, and the least."""
    error = np.maximum(np.hypot(*errors[:2]), errors[2])
    name = f"{what} of {count} runs, in standard errors"
    return segment.measured(name, values[0] / error, values[1] / error, 1.0)


def _seen(segment: Segment) -> Seen:
    runs: Runs = lambda count, seed: segment.keras_runs(count, seed, None)  # noqa: E731
    none = np.zeros(segment.shape)
    pilot = _sums(runs, PILOT, none)
    centre = pilot.values[0] / pilot.count
    again = _sums(runs, PILOT, centre)  # the same draws, seen from their mean
    most = min(MOST, max(LEAST, WORK // segment.size)) if segment.is_tiled else FEW
    times = int(np.clip(_enough(again.pooled), LEAST, most))
    return Seen(centre, _sums(runs, times, centre, FIRST + PILOT))


def _enough(pooled: Array) -> float:
    """How many runs tell a share of SEEN of each figure by LIMIT standard errors of both sides."""
    means = np.abs(pooled.mean(0))
    known = means > 0
    relative = pooled.std(0)[known] / means[known]
    return float((LIMIT * np.sqrt(2) * relative.max(initial=0.0) / SEEN) ** 2)


def _sums(runs: Runs, times: int, centre: Array, seed: int = FIRST) -> _Sums:
    """The sums over so many runs, a batch of them at a time."""
    sums, pooled = np.zeros((3, *centre.shape)), []
    batch = max(1, AT_ONCE // centre.size)
    for done in range(0, times, batch):
        x = runs(min(batch, times - done), seed + done)
        for place, power in enumerate((1, 2, 4)):
            sums[place] += (x**power).sum(0)
        pooled.append(_pooled(x - centre))
    return _Sums(sums, np.concatenate(pooled))


def _pooled(gaps: Array) -> Array:
    """Of each run: the mean square of its gaps, and that of their means along each axis."""
    each = tuple(range(1, gaps.ndim))
    squares = [(gaps**2).mean(each)]
    for axis in _axes(gaps[0]):
        means = gaps.mean(axis + 1, keepdims=True)
        squares.append((means**2).mean(each))
    return np.stack(squares, 1)


def _pooled_names(centre: Array) -> list[str]:
    return ["spread", *(f"spread of the means along axis {axis}" for axis in _axes(centre))]


def _axes(value: Array) -> list[int]:
    """Those behind the batch's along which there is more than one value."""
    return [axis for axis in range(1, value.ndim) if value.shape[axis] > 1]
