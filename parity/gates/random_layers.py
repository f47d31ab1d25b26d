"""What is not left to chance about layers that draw: compared on many draws of both sides."""

import numpy as np

from parity.gates.segment import Changes, Segment
from parity.numerics.noise import FINER
from parity.records.comparison import Array, Measured

VALUES = 2**20  # of a layer: the standard deviation is then known to 0.1 %, and judged at 0.8 %
ATOMS = 4  # a layer that drops gives fewer different values than this on an input of ones
EPSILON = float(np.finfo(np.float64).eps)
Figures = tuple[Measured, ...]


def of_layer(segment: Segment, changes: Changes = ()) -> Figures:
    """A layer that does the same to every value: what it makes of an input of ones.

    A layer that drops gives two values, exactly, each with its share; one that adds noise to its
    input, or multiplies by it, is told by mean and standard deviation, on zeros too. Axes along
    which a draw is shared show in either.
    """
    times = -(-VALUES // segment.size)
    ours, theirs = (_flat(x) for x in segment.many(times, 1.0, changes))
    shared = _shared(ours), _shared(theirs)
    figures = [segment.measured("which axes share a draw", *shared, noise=0.0)]
    values = [np.unique(x) for x in (ours, theirs)]
    if min(len(found) for found in values) <= ATOMS:
        rounding = EPSILON / (FINER if segment.met.evidence["float64"].is_narrow else 1.0)
        level = rounding * float(np.abs(values[0]).max())
        atoms = values[0][: ATOMS + 1], values[1][: ATOMS + 1]
        figures.append(segment.measured("values on ones", *atoms, noise=level))
        if len(values[0]) == len(values[1]):
            count = min(_independent(x, s) for x, s in zip((ours, theirs), shared, strict=True))
            figures += _shares(segment, ours, theirs, values, count)
        return tuple(figures)
    figures.append(_mean(segment, ours, theirs))
    figures.append(_deviation(segment, "on ones", ours, theirs))
    ours, theirs = (_flat(x) for x in segment.many(times, 0.0, changes))
    figures.append(_deviation(segment, "on zeros", ours, theirs))
    return tuple(figures)


def _flat(x: Array) -> Array:
    """Runs and samples as one axis."""
    return x.reshape(-1, *x.shape[2:])


def _shared(x: Array) -> Array:
    """For each axis, whether all values along it are equal, so that they share a draw."""
    first = (np.take(x, [0], axis) for axis in range(x.ndim))
    return np.array([x.shape[a] > 1 and bool((x == f).all()) for a, f in enumerate(first)], float)


def _independent(x: Array, shared: Array) -> int:
    """How many draws there were."""
    return int(np.prod([n for n, one in zip(x.shape, shared, strict=True) if not one]))


def _shares(
    segment: Segment, ours: Array, theirs: Array, values: list[Array], count: int
) -> list[Measured]:
    """How often each value comes but the last, whose share is the rest."""
    found = []
    for place, pair in enumerate(zip(*values, strict=True)):
        if place == len(values[0]) - 1:
            break
        shares = float((ours == pair[0]).mean()), float((theirs == pair[1]).mean())
        error = np.sqrt(2 * shares[0] * (1 - shares[0]) / count)
        name = f"how often {pair[0]:g} comes"
        found.append(segment.measured(name, _one(shares[0]), _one(shares[1]), float(error)))
    return found


def _mean(segment: Segment, ours: Array, theirs: Array) -> Measured:
    error = np.hypot(ours.std() / np.sqrt(ours.size), theirs.std() / np.sqrt(theirs.size))
    return segment.measured("mean on ones", _one(ours.mean()), _one(theirs.mean()), float(error))


def _deviation(segment: Segment, where: str, ours: Array, theirs: Array) -> Measured:
    error = np.hypot(_error_of_deviation(ours), _error_of_deviation(theirs))
    name = f"standard deviation {where}"
    return segment.measured(name, _one(ours.std()), _one(theirs.std()), float(error))


def _error_of_deviation(x: Array) -> float:
    """The standard error of a standard deviation, by the fourth moment of what was drawn."""
    about = x - x.mean()
    variance = float((about**2).mean())
    if not variance:
        return 0.0
    fourth = float((about**4).mean())
    return float(np.sqrt(max(fourth - variance**2, 0.0) / x.size / variance) / 2)


def _one(value: float) -> Array:
    return np.array([float(value)])
