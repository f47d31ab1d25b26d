"""Layers that draw and compute, such as recurrent ones: what many runs of both sides have alike.

A value by itself tells little: its mean is known to a share of its own standard deviation. How far
all values together spread over the runs is a mean over thousands of draws, and tells a few percent
of a rate. What a small dropout on the states of a layer adds to a large one on its input may be
less; so all is measured on an input of zeros, too, of which nothing can be dropped. As many runs
are made as tell the share SEEN of a spread.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from parity.gates.segment import FEW, FIRST, Changes, Segment
from parity.numerics.noise import FINER, LIMIT
from parity.records.comparison import Array, Measured

PILOT = 64  # of Keras's runs: their mean is what the others are seen from
SEEN = 0.05  # the share of the spread that must be seen, were it lost
MOST, LEAST = 4096, 64  # runs
WORK = 2**22  # values in all runs together
AT_ONCE = 2**20  # values in a batch of runs
ROUNDINGS = 64  # of the largest value: a spread as small as that is no draw's
SAMPLES = 4  # of the input: more runs of few tell more than few of many

EPSILON = float(np.finfo(np.float32).eps)
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
    samples: int | None  # of the input; None for all, where the segment takes no other batch


def of_segment(segment: Segment, changes: Changes = ()) -> tuple[Measured, ...]:
    """Mean and mean square of each value of the output over many runs, and of all values together
    how far they spread, alone and along each axis; in standard errors."""
    ours, theirs = _both(segment, None, changes)
    if theirs is None:
        one = segment.torch(FIRST, changes=changes).output
        return (segment.measured("output", np.zeros(segment.shape), one, noise=0.0),)
    figures = []
    for what, power in (("mean", 1), ("mean square", 2)):
        (mine, error), (other, other_error) = (x.moment(power) for x in (ours, theirs))
        floor = EPSILON * float(np.abs(mine).max())
        figures.append(
            _figure(segment, what, ours.count, (mine, other), (error, other_error, floor))
        )
    figures += _spreads(segment, "", ours, theirs)
    if segment.is_of_floats:
        ours, theirs = _both(segment, 0.0, changes)
        if theirs is not None and np.isfinite([ours.pooled.sum(), theirs.pooled.sum()]).all():
            figures += _spreads(segment, " on zeros", ours, theirs)
    return tuple(figures)


def _both(segment: Segment, value: float | None, changes: Changes) -> "tuple[_Sums, _Sums | None]":
    """The sums over the runs of both sides, inputs filled with a value; no port's if what it gives
    has another shape."""
    seen = segment.kept(value, lambda: _seen(segment, value))

    def runs(count: int, seed: int) -> Array:
        return segment.torch_runs(count, seed, value, changes, seen.samples)

    if runs(1, FIRST).shape[1:] != seen.centre.shape:
        return seen.sums, None
    return seen.sums, _sums(runs, seen.sums.count, seen.centre)


def _spreads(segment: Segment, where: str, ours: _Sums, theirs: _Sums) -> list[Measured]:
    largest = float(np.abs(ours.values[0]).max()) / ours.count
    is_narrow = segment.met.evidence["float64"].is_narrow
    rounding = ROUNDINGS * (EPSILON if is_narrow else EPSILON * FINER) * largest
    figures = []
    for place, what in enumerate(_pooled_names(segment.shape)):
        mine, other = ours.pooled[:, place], theirs.pooled[:, place]
        errors = [x.std() / np.sqrt(len(x)) for x in (mine, other)]
        floor = max(EPSILON * max(mine.mean(), other.mean()), rounding**2)
        means = np.array([mine.mean()]), np.array([other.mean()])
        figures.append(
            _figure(segment, f"{what}{where}", ours.count, means, (errors[0], errors[1], floor))
        )
    return figures


def _figure(
    segment: Segment,
    what: str,
    count: int,
    values: tuple[Array, Array],
    errors: tuple[Array | float, Array | float, float],
) -> Measured:
    """errors: those of both sides, and the least."""
    error = np.maximum(np.maximum(np.hypot(*errors[:2]), errors[2]), np.finfo(np.float64).tiny)
    name = f"{what} of {count} runs, in standard errors"
    return segment.measured(name, values[0] / error, values[1] / error, 1.0)


def _seen(segment: Segment, value: float | None) -> Seen:
    samples: int | None = SAMPLES
    one = segment.keras_runs(1, FIRST, value, samples)[0]
    if not segment.is_tiled:
        samples, one = None, np.zeros(segment.shape)

    def runs(count: int, seed: int) -> Array:
        return segment.keras_runs(count, seed, value, samples)

    pilot = _sums(runs, PILOT, np.zeros(one.shape))
    centre = pilot.values[0] / pilot.count
    again = _sums(runs, PILOT, centre)  # the same draws, seen from their mean
    most = min(MOST, max(LEAST, WORK // one.size)) if segment.is_tiled else FEW
    times = int(np.clip(_enough(again.pooled), LEAST, most))
    return Seen(centre, _sums(runs, times, centre, FIRST + PILOT), samples)


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
    for axis in _axes(gaps.shape[1:]):
        means = gaps.mean(axis + 1, keepdims=True)
        squares.append((means**2).mean(each))
    return np.stack(squares, 1)


def _pooled_names(shape: tuple[int, ...]) -> list[str]:
    return ["spread", *(f"spread of the means along axis {axis}" for axis in _axes(shape))]


def _axes(shape: tuple[int, ...]) -> list[int]:
    """Those behind the batch's along which there is more than one value."""
    return [axis for axis, size in enumerate(shape) if axis and size > 1]
