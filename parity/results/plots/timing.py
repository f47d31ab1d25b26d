"""Seconds an epoch of every pair and side: bars, a panel a lane.

Lanes do different things in an epoch and are never ranked: no two share a panel or an axis.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from parity.errors import ParityError
from parity.records.jobs import LANES, Timing
from parity.results.plots import style

THICK = 0.2  # inches of a bar
GAP = 0.6  # between two pairs, in bars
LOG = 15.0  # a panel whose bars span more has a logarithmic axis
# Colour and hatch of a side. Keras on torch is not torch.
LOOKS: dict[str, tuple[str, str]] = {
    "keras (tensorflow)": (style.VERMILLION, ""),
    "keras (jax)": (style.ORANGE, ".."),
    "keras (torch)": (style.PURPLE, "xx"),
    "torch": (style.BLUE, "///"),
}
TITLES = {
    "idiomatic": "idiomatic: each framework's usual training loop",
    "matched": "matched: a training loop that is alike",
    "tuned": "tuned: the fastest training loop of each framework",
}


@style.look()
def figure(timings: Sequence[Timing]) -> Figure:
    """A panel for every lane that was timed, in it a group for every pair, in it a bar a side.

    Pairs stand in the order in which they come. Raises ParityError for no timing at all.
    """
    lanes = {lane: [timing for timing in timings if timing.lane == lane] for lane in LANES}
    timed = {lane: own for lane, own in lanes.items() if own}
    if not timed:
        raise ParityError("there is no timing to draw; time a pair first")
    heights = [THICK * (len(own) + GAP * len(_pairs(own))) + 0.8 for own in timed.values()]
    apart = ConstrainedLayoutEngine(h_pad=0.1)  # inches, so that lanes are seen to be apart
    made = Figure(figsize=(style.WIDTH, sum(heights) + 0.7), layout=apart)
    panels = made.subplots(len(timed), 1, height_ratios=heights, squeeze=False)[:, 0]
    for axes, (lane, own) in zip(panels, timed.items(), strict=True):
        _panel(axes, own)
        axes.set_title(TITLES[lane], loc="left")
    handles = [Patch(label=side, **_look(side)) for side in LOOKS if side in _sides(timings)]
    made.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    busy = max(timings, key=lambda timing: timing.others).disturbed
    spoilt = f"; other programs kept {busy} processors busy" if busy else ""
    style.finish(made, f"Seconds an epoch: the median, and the middle half of all laps{spoilt}")
    return made


def seconds(timing: Timing) -> tuple[float, float, float]:
    """An epoch's first quartile, median and third quartile, from the laps.

    A lap is a mean step. The median lap is set to the median whole epoch, so that nothing of an
    epoch's own cost is left out, and the quartiles are in proportion.
    """
    if not timing.epochs:
        where = f"{timing.pair}, {timing.side}, {timing.lane}"
        raise ParityError(f"the timing of {where} has no whole epoch; time two epochs at least")
    epoch = float(np.median(timing.epochs))
    laps = timing.laps or timing.epochs
    low, middle, high = np.percentile(laps, [25, 50, 75]) * (epoch / np.median(laps))
    return float(low), float(middle), float(high)


def _panel(axes: Axes, timings: Sequence[Timing]) -> None:
    """Bars from above to below, in the order of the pairs and, in a pair, of LOOKS."""
    place, ticks, ends = 0.0, [], []
    for pair in _pairs(timings):
        own = sorted((timing for timing in timings if timing.pair == pair), key=_order)
        for timing in own:
            low, median, high = seconds(timing)
            axes.barh(place, median, height=0.9, **_look(timing.side))
            spread = [[median - low], [high - median]]
            axes.errorbar(median, place, xerr=spread, color=style.BLACK, capsize=2.5, linewidth=1)
            # The port follows Keras's backend: beside several there are several ports.
            twins = sum(timing.side == other.side for other in own) > 1
            axes.annotate(
                _number(median) + (f"  beside {timing.backend}" if twins else ""),
                (high, place),
                xytext=(6, 0),
                textcoords="offset points",
                verticalalignment="center_baseline",
                fontsize=style.SMALL,
            )
            ends += [median, high]
            place += 1
        ticks.append(place - (len(own) + 1) / 2)
        place += GAP
    axes.set_yticks(ticks, _pairs(timings))
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(place - GAP - 0.4, -0.6)
    axes.grid(axis="x")
    _scale(axes, min(ends), max(ends))


def _scale(axes: Axes, low: float, high: float) -> None:
    """Linear from 0; logarithmic where the shortest bar would else be a line."""
    axes.set_xlabel("seconds an epoch")
    if high <= LOG * low:
        axes.set_xlim(0, 1.1 * high)
        return
    # A logarithmic bar has no natural foot: lengths say nothing then, ends and numbers do.
    axes.set_xscale("log")
    axes.set_xlim(low / 2, high * (high / low) ** 0.12)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("seconds an epoch, logarithmic")


def _number(value: float) -> str:
    return f"{value:,.0f} s" if value >= 99.95 else f"{value:#.3g} s"


def _pairs(timings: Sequence[Timing]) -> list[str]:
    return list(dict.fromkeys(timing.pair for timing in timings))


def _sides(timings: Sequence[Timing]) -> set[str]:
    return {timing.side for timing in timings}


def _order(timing: Timing) -> tuple[int, str]:
    return list(LOOKS).index(timing.side), timing.backend


def _look(side: str) -> dict[str, Any]:
    colour, hatch = LOOKS[side]
    return {"facecolor": colour, "hatch": hatch, "edgecolor": "white", "linewidth": 0}
