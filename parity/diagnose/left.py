"""What is left of a difference, of several figures at once, and the cause that took a share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

from parity.diagnose.causes import CAUSES
from parity.errors import ModelError
from parity.numerics import noise
from parity.numerics.difference import largest
from parity.records.comparison import Cause, Measured

Figures = Sequence[Measured]


@dataclass(frozen=True)
class Left:
    """The figure furthest apart."""

    ratio: float  # to its noise
    gap: float

    @property
    def is_noise(self) -> bool:
        return self.ratio <= noise.LIMIT


def left(figures: Figures) -> Left:
    gaps = [(largest(f.keras, f.torch), f.noise) for f in figures]
    found = (Left(noise.ratio(gap, level), gap) for gap, level in gaps)
    return max(found, key=lambda one: one.ratio, default=Left(0.0, 0.0))


def left_under(trial: Callable[[], Figures]) -> Left:
    """Infinite where it cannot be run so."""
    try:
        return left(trial())
    except ModelError:
        return Left(inf, inf)


def cause(name: str, says: str, fix: str, before: Left, after: Left) -> Cause:
    """A cause, a key of CAUSES, with the share of the difference that its change removed."""
    removed = 1 - after.ratio / before.ratio if 0 < before.ratio < inf else 1.0
    known = CAUSES[name]
    return Cause(name, known.says, says, fix, known.entry, removed)
