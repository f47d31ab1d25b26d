"""The errors of all layers over depth, in both dtypes, as the lines of a drawing."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from parity.checking.show.page.lines import Line
from parity.numerics.noise import LIMIT
from parity.records.comparison import LayerCheck

LEFT, RIGHT, TOP, BOTTOM = 64.0, 984.0, 40.0, 300.0
ZERO = BOTTOM + 26  # equal values have no logarithm, and stand on a line of their own
ENDLESS = TOP - 14  # so do those that are not finite
NAMED = 24  # rows of which each has its name below


@dataclass(frozen=True)
class Point:
    """alone: fed with Keras's own input, rather than with what came so far."""

    number: int
    x: float
    y: float
    alone: bool = False


@dataclass(frozen=True)
class Series:
    """path: through the accumulated differences; band: from the noise to the limit."""

    dtype: str
    points: tuple[Point, ...]
    path: str
    band: str


@dataclass(frozen=True)
class Plot:
    """ticks: a power of ten and where it stands; places: the number of a row and where."""

    series: tuple[Series, ...]
    ticks: tuple[tuple[int, float], ...]
    places: tuple[tuple[int, float], ...]
    step: float
    radius: float
    first: float | None
    has_zeros: bool
    has_endless: bool


def of(lines: Sequence[Line]) -> Plot | None:
    """None where nothing was measured."""
    dtypes = [d for d in ("float64", "float32") if any(d in line.figures for line in lines)]
    values = list(_values(lines))
    measured = [value for value in values if math.isfinite(value) and value > 0]
    if not measured:
        return None
    scale = _Scale(lines, math.floor(math.log10(min(measured))), _above(max(measured)))
    series = tuple(scale.series(dtype) for dtype in dtypes)
    first = next((scale.x(line.number) for line in lines if line.is_first), None)
    return Plot(
        series,
        scale.ticks(),
        tuple((line.number, scale.x(line.number)) for line in lines),
        scale.step,
        max(1.8, min(4.5, scale.step / 5)),
        first,
        any(value == 0 for value in values),
        any(not math.isfinite(value) for value in values),
    )


def _values(lines: Sequence[Line]) -> Iterator[float]:
    for line in lines:
        for dtype, check in line.figures.items():
            if line.is_inside(dtype):
                continue
            yield from (v for v in (check.max_abs, check.isolated_max_abs) if v is not None)
            if check.noise:
                yield from (check.noise, check.noise * LIMIT)


def _above(value: float) -> int:
    return math.floor(math.log10(value)) + 1


class _Scale:
    def __init__(self, lines: Sequence[Line], low: int, high: int) -> None:
        self._lines, self._low, self._high = lines, low, high
        self.step = (RIGHT - LEFT) / len(lines)

    def x(self, number: int) -> float:
        return round(LEFT + (number - 0.5) * self.step, 1)

    def y(self, value: float) -> float:
        if value == 0:
            return ZERO
        if not math.isfinite(value):
            return ENDLESS
        share = (math.log10(value) - self._low) / (self._high - self._low)
        return round(BOTTOM - share * (BOTTOM - TOP), 1)

    def ticks(self) -> tuple[tuple[int, float], ...]:
        every = max(1, math.ceil((self._high - self._low) / 8))
        powers = range(self._low, self._high + 1, every)
        return tuple((power, self.y(10.0**power)) for power in powers)

    def series(self, dtype: str) -> Series:
        known = [
            (line.number, line.figures[dtype])
            for line in self._lines
            if dtype in line.figures and not line.is_inside(dtype)
        ]
        whole = [Point(n, self.x(n), self.y(c.max_abs)) for n, c in known if c.max_abs is not None]
        alone = [
            Point(n, self.x(n), self.y(c.isolated_max_abs), alone=True)
            for n, c in known
            if c.isolated_max_abs is not None
        ]
        path = " ".join(f"{'L' if i else 'M'}{p.x} {p.y}" for i, p in enumerate(whole))
        return Series(dtype, (*alone, *whole), path, self._band(known))

    def _band(self, known: Sequence[tuple[int, LayerCheck]]) -> str:
        """A step for each layer: its noise, and above it what still counts as rounding."""
        half = self.step / 2
        return " ".join(
            f"M{round(self.x(n) - half, 1)} {self.y(c.noise)}h{round(self.step, 2)}"
            f"V{self.y(c.noise * LIMIT)}h{round(-self.step, 2)}z"
            for n, c in known
            if c.noise
        )
