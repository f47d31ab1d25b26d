"""A forest plot: differences of the two frameworks, and what is known of them, against margins.

Accuracies and losses of several pairs have no unit in common; in units of their margins they do,
and all can be seen on one axis. An interval within the band shows equivalence, one beside it a
difference, one across its edge that there were too few runs to tell.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from parity.errors import ParityError
from parity.results.plots import style

Verdict = Literal["equivalent", "different", "undecided"]

FAR = 4.0  # margins; what is further off is drawn as an arrow at the edge
LOOKS: dict[str, dict[str, Any]] = {
    "equivalent": {"color": style.BLUE, "marker": "o"},
    "different": {"color": style.VERMILLION, "marker": "D"},
    "undecided": {"color": style.GREY, "marker": "o", "markerfacecolor": "white"},
}


@dataclass(frozen=True)
class Compared:
    """One line: torch minus Keras, its 95 % interval where there is one, and what may differ."""

    label: str
    difference: float
    low: float | None
    high: float | None
    margin: float
    verdict: Verdict


@style.look()
def figure(rows: Sequence[Compared]) -> Figure:
    """A line a row, from above to below. Raises ParityError for a margin that is not positive."""
    for row in rows:
        if not row.margin > 0:
            raise ParityError(f"the margin of {row.label} is {row.margin}; it has to be positive")
    made = Figure(figsize=(style.WIDTH, 0.27 * len(rows) + 1.3), layout="constrained")
    axes = made.subplots()
    axes.axvspan(-1, 1, color=style.PALE, zorder=0)
    axes.axvline(0, color=style.GREY, linewidth=0.8, zorder=1)
    edge = _edge(rows)
    for place, row in enumerate(rows):
        _row(axes, place, row, edge)
    axes.set_yticks(range(len(rows)), [row.label for row in rows])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(-edge, edge)
    axes.grid(axis="x")
    axes.set_xlabel(f"{style.DIFFERENCE}, in margins; the band is what counts as equivalent")
    style.finish(made, "Differences between the frameworks, with 95 % intervals")
    return made


def _edge(rows: Sequence[Compared]) -> float:
    """Where the axis ends, on both sides: the farthest end, but no nearer than 1.5 or than FAR."""
    ends = (
        abs(end) / row.margin
        for row in rows
        for end in (row.difference, row.low, row.high)
        if end is not None and math.isfinite(end)
    )
    return float(np.clip(1.1 * max(ends, default=0), 1.5, FAR))


def _row(axes: Axes, place: int, row: Compared, edge: float) -> None:
    look = LOOKS[row.verdict]
    middle = row.difference / row.margin
    if row.low is not None and row.high is not None:
        ends = np.array([row.low, row.high]) / row.margin
        axes.plot(ends, [place, place], color=look["color"], linewidth=2, solid_capstyle="butt")
    if abs(middle) <= edge:
        axes.plot(middle, place, linestyle="", markersize=7, **look)
    elif not math.isnan(middle):
        arrow = {**look, "marker": ">" if middle > 0 else "<"}
        where = math.copysign(0.98 * edge, middle)
        axes.plot(where, place, linestyle="", markersize=8, **arrow)
    _beside(axes, place, 8, row.verdict, look["color"])
    _beside(axes, place, 78, _figures(row), style.GREY)


def _figures(row: Compared) -> str:
    """In the row's own unit, so that a reader need not multiply."""
    if not math.isfinite(row.difference):
        return "not a finite number"
    said = f"{row.difference:+.2g} of \N{PLUS-MINUS SIGN}{row.margin:.2g}"
    return said.replace("-", "\N{MINUS SIGN}")


def _beside(axes: Axes, place: int, points: float, text: str, colour: str) -> None:
    """At the right of a row, so many points from the axis's end."""
    axes.annotate(
        text,
        (1, place),
        xycoords=axes.get_yaxis_transform(),
        xytext=(points, 0),
        textcoords="offset points",
        verticalalignment="center_baseline",
        fontsize=style.SMALL,
        color=colour,
    )
