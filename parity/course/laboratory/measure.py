"""How far an outcome is from Keras's: a distance to judge by, and a text for people."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from parity.records.comparison import Array
from parity.records.outcomes import Outcome, Raised, Values


@dataclass(frozen=True)
class Figure:
    """distance: infinite where there is nothing to subtract (another shape, NaN, an exception)."""

    distance: float
    text: str


Measure = Callable[[Any, Any], Figure]


def relative(keras: Values, found: Outcome) -> Figure:
    """The mean |difference| over the mean |Keras's value|."""

    def between(ours: Array, theirs: Array) -> Figure:
        distance = _relative(ours, theirs)
        return Figure(distance, _share(distance))

    return _over_all(keras, found, between)


def classified(keras: Values, found: Outcome) -> Figure:
    """`relative` for scores (samples, classes), and how many samples get another class."""

    def between(ours: Array, theirs: Array) -> Figure:
        distance = _relative(ours, theirs)
        others = float((ours.argmax(-1) != theirs.argmax(-1)).mean())
        return Figure(distance, f"{_share(distance)}; {_share(others)} of the classes differ")

    return _over_all(keras, found, between)


def cases(keras: Mapping[str, Array], found: Outcome) -> Figure:
    """The share of the outcomes of a dict that are not Keras's to rounding."""
    if isinstance(found, Raised):
        return Figure(np.inf, f"raises {found.kind}: {found.text[:60]}")
    ours = {name: {name: value} for name, value in keras.items()}
    others = [name for name in ours if relative(ours[name], {name: found[name]}).distance > 1e-5]
    return Figure(len(others) / len(ours), f"{len(others)} of {len(ours)} cases differ")


def answered(keras: Mapping[str, Array], found: Outcome) -> Figure:
    """`relative`, over those of Keras's outcomes that the translation has an answer to."""
    if not isinstance(found, Mapping):
        return relative(keras, found)
    return relative({name: value for name, value in keras.items() if name in found}, found)


def largest(keras: Values, found: Outcome) -> Figure:
    """The largest |difference| of any element."""

    def between(ours: Array, theirs: Array) -> Figure:
        distance = float(np.abs(theirs - ours).max(initial=0.0))
        return Figure(distance, f"{distance:.2g}")

    return _over_all(keras, found, between)


def times(keras: Values, found: Outcome) -> Figure:
    """How many times as large as Keras's, for single numbers; the distance of r is max(r, 1/r) - 1.

    1x is a distance of 0, 3x and a third are both one of 2.
    """

    def between(ours: Array, theirs: Array) -> Figure:
        ratio = float(theirs.mean() / ours.mean())
        distance = max(ratio, 1 / ratio) - 1 if ratio > 0 else np.inf
        return Figure(distance, f"{ratio:.3g}x")

    return _over_all(keras, found, between)


def values(keras: Values, found: Outcome) -> Figure:
    """The values themselves, and the largest |difference| as the distance. For a few numbers."""

    def between(ours: Array, theirs: Array) -> Figure:
        distance = float(np.abs(theirs - ours).max(initial=0.0))
        return Figure(distance, f"{_few(theirs)} (Keras {_few(ours)})")

    return _over_all(keras, found, between)


def _over_all(keras: Values, found: Outcome, between: Callable[[Array, Array], Figure]) -> Figure:
    """The figure of the part of the outcomes that is furthest apart."""
    if isinstance(found, Raised):
        return Figure(np.inf, f"raises {found.kind}: {found.text[:60]}")
    ours = keras if isinstance(keras, Mapping) else {"": keras}
    theirs = found if isinstance(found, Mapping) else {"": found}
    if ours.keys() != theirs.keys():
        return Figure(np.inf, f"gives {', '.join(theirs)} (Keras {', '.join(ours)})")
    figures = [_one(name, ours[name], theirs[name], between) for name in ours]
    return max(figures, key=lambda figure: figure.distance)


def _one(
    name: str, ours: Array, theirs: Array, between: Callable[[Array, Array], Figure]
) -> Figure:
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    if ours.shape != theirs.shape:
        return Figure(np.inf, f"shape {theirs.shape} (Keras {ours.shape})")
    wide = np.asarray(ours, "float64"), np.asarray(theirs, "float64")
    lost = int(np.count_nonzero(~np.isfinite(wide[1]) & np.isfinite(wide[0])))
    if lost:
        return Figure(np.inf, f"{lost} of {theirs.size} values are not finite")
    figure = between(*wide)
    return Figure(figure.distance, f"{name}: {figure.text}" if name else figure.text)


def _relative(ours: Array, theirs: Array) -> float:
    scale = float(np.abs(ours).mean())
    apart = float(np.abs(theirs - ours).mean())
    return apart / scale if scale else (0.0 if apart == 0 else np.inf)


def _share(distance: float) -> str:
    return f"{distance:.1%}".replace("%", " %") if distance >= 1e-3 else f"{distance:.1g}"


def _few(array: Array) -> str:
    return ", ".join(f"{value:.4g}" for value in array.ravel()[:6])
