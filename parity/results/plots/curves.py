"""Loss and accuracy against epoch: train and test, both frameworks, one seed or several.

Of a single epoch there is no curve: dots.py draws it.
"""

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from parity.language import digits
from parity.language import gettext as _
from parity.records.comparison import Array
from parity.records.jobs import FRAMEWORKS, Run
from parity.records.pair import Task
from parity.results.plots import dots, legend, style
from parity.results.plots.series import (
    BANDS,
    END,
    LINES,
    WHICH,
    epochs,
    is_share,
    of,
    table,
    told,
    untrained,
)
from parity.results.plots.window import window

DASHES = {"train": "--", "test": "-"}
START: dict[str, Any] = {"linestyle": ":", "linewidth": 1.2, "alpha": 0.8}  # to the first epoch
# Where lines are short their dashes do not tell training from testing.
TRAINED: dict[str, dict[str, Any]] = {
    "keras": {"markerfacecolor": "none"},
    "torch": {"marker": "+", "markersize": 5.5},
}
MARKERS = 12  # on a line at most: more would hide it


@style.look()
def figure(title: str, loss_name: str, task: Task | None, runs: Sequence[Run]) -> Figure:
    """Curves of runs that differ in framework and seed alone.

    Several seeds of a framework: their mean, and a band from the lowest to the highest. Without a
    task there is no accuracy.
    """
    made = Figure(figsize=(style.WIDTH, 3.9), layout="constrained")
    loss, *others = made.subplots(1, 1 if task is None else 2, squeeze=False)[0]
    is_single = epochs(runs) <= 1
    draw = dots.panel if is_single else _curves
    for axes, what in ((loss, "loss"), *((axes, "accuracy") for axes in others)):
        axes.set_title(_("loss") if what == "loss" else _("accuracy"))
        axes.grid()
        if what == "loss":
            axes.set_ylabel(loss_name)
        elif is_share(runs):
            of_pixels = _("of pixels, at {threshold}").format(threshold=digits("0.5"))
            axes.set_ylabel(_("of samples") if task == "classify" else of_pixels)
            axes.yaxis.set_major_formatter(PercentFormatter(1))
        else:
            axes.set_ylabel(_("right answers a batch"))
        draw(axes, what, runs)
    legend.below(made, runs, dots.looks(runs) if is_single else _looks(), not is_single)
    style.finish(made, title)
    return made


def _curves(axes: Axes, what: str, runs: Sequence[Run]) -> None:
    for framework in FRAMEWORKS:
        for which in WHICH:
            _line(axes, framework, which, table(of(runs, framework), f"{which}_{what}"))
    _ends(axes, what, runs)
    left_out = _view(axes, what, runs)
    axes.set_xlabel("\n".join(filter(None, (_("epoch"), left_out))))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))


def _line(axes: Axes, framework: str, which: str, values: Array) -> None:
    """The mean of the seeds that came so far, and the band around it; dotted up to epoch 1."""
    known = np.flatnonzero(np.isfinite(values).any(axis=0))
    if not known.size:
        return
    colour, mean = style.COLOURS[framework], np.nanmean(values[:, known], axis=0)
    first = int(known[0] == 0 and known.size > 1)  # of those that training has been at
    if first:
        axes.plot(known[:2], mean[:2], color=colour, label="_start", **START)
    every = -(-known.size // MARKERS)
    look = {**_look(framework, which), "color": colour, "markevery": every}
    axes.plot(known[first:], mean[first:], **look)
    if len(values) > 1:
        kept = values[:, known[first:]]
        low, high = np.nanmin(kept, axis=0), np.nanmax(kept, axis=0)
        axes.fill_between(known[first:], low, high, color=colour, **BANDS[framework])


def _look(framework: str, which: str) -> dict[str, Any]:
    own = TRAINED[framework] if which == "train" else {}
    return {**LINES[framework], **own, "linestyle": DASHES[which]}


def _looks() -> legend.Looks:
    names = {"train": _("train"), "test": _("test")}
    return {names[x]: {side: _look(side, x) for side in FRAMEWORKS} for x in WHICH}


def _ends(axes: Axes, what: str, runs: Sequence[Run]) -> None:
    """A cross at the last figure of every run that ended early."""
    for run in runs:
        reached = table([run], f"test_{what}")[0]
        epochs = np.flatnonzero(np.isfinite(reached))
        if run.error and epochs.size:
            axes.plot(epochs[-1:], reached[epochs[-1:]], zorder=5, **END)


def _view(axes: Axes, what: str, runs: Sequence[Run]) -> str:
    """Set the limits (window.py says which), and say what they leave out of the start."""
    shown = window([row for which in WHICH for row in table(runs, f"{which}_{what}")])
    if shown is None:
        return ""
    if shown.log:
        axes.set_yscale("log")
    axes.set_ylim(shown.low, shown.high)
    known = untrained(runs, what)
    if all(shown.low <= value <= shown.high for value in known.values()):
        return ""
    above, below = _("epoch 0: {figure} (above)"), _("epoch 0: {figure} (below)")
    said = above if max(known.values()) > shown.high else below
    return textwrap.fill(said.format(figure=told(known, what, runs)), style.LABEL)
