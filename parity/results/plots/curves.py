"""Loss and accuracy against epoch: train and test, both frameworks, one seed or several."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from parity.records.comparison import Array
from parity.records.jobs import FRAMEWORKS, Run
from parity.records.pair import Task
from parity.results.plots import style
from parity.results.plots.window import window

# Where both frameworks give the same, the eye shall see two: thick Keras below thin torch.
LINES: dict[str, dict[str, Any]] = {
    "keras": {"marker": "o", "markersize": 8, "linewidth": 4, "alpha": 0.5},
    "torch": {"marker": "x", "markersize": 5.5, "linewidth": 1.3},
}
BANDS: dict[str, dict[str, Any]] = {
    "keras": {"alpha": 0.22, "linewidth": 0},
    "torch": {"alpha": 0.22, "linewidth": 0, "hatch": "////"},
}
END: dict[str, Any] = {"marker": "X", "color": style.BLACK, "linestyle": "", "markersize": 8}
DASHES = {"train": "--", "test": "-"}
# Of a single epoch there is no line to tell training from testing.
TRAINED: dict[str, dict[str, Any]] = {
    "keras": {"markerfacecolor": "none"},
    "torch": {"marker": "+", "markersize": 7},
}
MARKERS = 12  # on a line at most: more would hide it


@style.look()
def figure(title: str, loss_name: str, task: Task | None, runs: Sequence[Run]) -> Figure:
    """Curves of runs that differ in framework and seed alone.

    Several seeds of a framework: their mean, and a band from the lowest to the highest. Without a
    task there is no accuracy.
    """
    made = Figure(figsize=(style.WIDTH, 4.7), layout="constrained")
    loss, *others = made.subplots(1, 1 if task is None else 2, squeeze=False)[0]
    for axes, what in ((loss, "loss"), *((axes, "accuracy") for axes in others)):
        for framework in FRAMEWORKS:
            for which in DASHES:
                values = table(_of(runs, framework), f"{which}_{what}")
                _line(axes, framework, which, values)
        _ends(axes, what, runs)
        _view(axes, what, runs)
        axes.set_title(what)
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
        axes.grid()
    loss.set_ylabel(loss_name)
    for accuracy in others:
        if _is_share(runs):
            accuracy.set_ylabel("of samples" if task == "classify" else "of pixels, at 0.5")
            accuracy.yaxis.set_major_formatter(PercentFormatter(1))
        else:
            accuracy.set_ylabel("right answers a batch")
    _legend(made, runs)
    style.title(made, title)
    return made


def table(runs: Sequence[Run], column: str) -> Array:
    """(runs, epochs + 1): one figure of every epoch; NaN where a run has none, or none finite.

    Where a loss is not finite the accuracy is left out, too: it is that of no prediction at all.
    """
    loss = column.replace("accuracy", "loss")
    length = max((epoch.epoch for run in runs for epoch in run.history), default=-1) + 1
    found = np.full((len(runs), length), np.nan)
    for row, run in zip(found, runs, strict=True):
        for epoch in run.history:
            values = (getattr(epoch, column), getattr(epoch, loss))
            if all(value is not None and np.isfinite(value) for value in values):
                row[epoch.epoch] = values[0]
    return found


def _is_share(runs: Sequence[Run]) -> bool:
    """The recipe `as_reported` has an accuracy that is none: right answers per batch."""
    tested = table(runs, "test_accuracy")
    return not (tested > 1).any()


def _line(axes: Axes, framework: str, which: str, values: Array) -> None:
    """The mean of the seeds that came so far, and the band around it."""
    epochs = np.flatnonzero(np.isfinite(values).any(axis=0))
    if not epochs.size:
        return
    colour, kept = style.COLOURS[framework], values[:, epochs]
    every = -(-len(epochs) // MARKERS)
    lines = {**_look(framework, which), "color": colour, "markevery": every}
    axes.plot(epochs, np.nanmean(kept, axis=0), DASHES[which], **lines)
    if len(values) > 1:
        low, high = np.nanmin(kept, axis=0), np.nanmax(kept, axis=0)
        axes.fill_between(epochs, low, high, color=colour, **BANDS[framework])


def _look(framework: str, which: str) -> dict[str, Any]:
    return LINES[framework] | (TRAINED[framework] if which == "train" else {})


def _ends(axes: Axes, what: str, runs: Sequence[Run]) -> None:
    """A cross at the last figure of every run that ended early."""
    for run in runs:
        reached = table([run], f"test_{what}")[0]
        epochs = np.flatnonzero(np.isfinite(reached))
        if run.error and epochs.size:
            axes.plot(epochs[-1:], reached[epochs[-1:]], zorder=5, **END)


def _view(axes: Axes, what: str, runs: Sequence[Run]) -> None:
    """Set the limits (window.py says which), and say what they leave out of the start."""
    shown = window([row for which in DASHES for row in table(runs, f"{which}_{what}")])
    if shown is None:
        return
    if shown.log:
        axes.set_yscale("log")
    axes.set_ylim(shown.low, shown.high)
    untrained = {
        style.NAMES[framework]: _untrained(_of(runs, framework), what) for framework in FRAMEWORKS
    }
    known = {name: value for name, value in untrained.items() if np.isfinite(value)}
    if not all(shown.low <= value <= shown.high for value in known.values()):
        number = "{:.1%}" if what == "accuracy" and _is_share(runs) else "{:#.3g}"
        said = {name: number.format(value) for name, value in known.items()}
        one = len(set(said.values())) == 1
        text = next(iter(said.values())) if one else ", ".join(map(" ".join, said.items()))
        _note(axes, f"epoch 0: {text}", above=max(known.values()) > shown.high)


def _untrained(runs: Sequence[Run], what: str) -> float:
    """The mean of all seeds at epoch 0; NaN where there is none."""
    first = table(runs, f"test_{what}")[:, :1]
    known = first[np.isfinite(first)]
    return float(known.mean()) if known.size else float("nan")


def _note(axes: Axes, text: str, above: bool) -> None:
    """In the corner on the right that a curve which falls (or rises) leaves free."""
    axes.text(
        0.98,
        0.97 if above else 0.03,
        f"{text} ({'above' if above else 'below'})",
        transform=axes.transAxes,
        horizontalalignment="right",
        verticalalignment="top" if above else "bottom",
        fontsize=style.SMALL,
        color=style.GREY,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 2},
    )


def _legend(made: Figure, runs: Sequence[Run]) -> None:
    """Below the panels, where it hides no curve: a row a framework."""
    columns: tuple[list[Any], ...] = ([], [], [])
    for framework in FRAMEWORKS:
        own, colour = _of(runs, framework), style.COLOURS[framework]
        if not own:
            continue
        mean = " (mean)" if len(own) > 1 else ""
        for column, which in zip(columns, DASHES, strict=False):
            look = {**_look(framework, which), "linestyle": DASHES[which], "color": colour}
            column.append(Line2D([], [], label=f"{own[0].job.side}, {which}{mean}", **look))
        if len(own) > 1:
            label = f"lowest to highest of {len(own)} seeds"
            columns[2].append(Patch(color=colour, label=label, **BANDS[framework]))
    early = [f"{run.job.framework} seed {run.job.seed}" for run in runs if run.error]
    if early:
        said = ", ".join(early) if len(early) < 3 else f"{len(early)} runs"
        columns[2].append(Line2D([], [], label=f"ended early: {said}", **END))
    # matplotlib breaks columns where it likes; those of one length it leaves as they are.
    used = [column for column in columns if column]
    length = max(len(column) for column in used)
    blank = Line2D([], [], linestyle="", label=" ")
    handles = [*chain.from_iterable([*own, *[blank] * (length - len(own))] for own in used)]
    made.legend(handles=handles, loc="outside lower center", ncols=len(used), handlelength=3.5)


def _of(runs: Sequence[Run], framework: str) -> list[Run]:
    return [run for run in runs if run.job.framework == framework]
