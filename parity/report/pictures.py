"""Curves of a compared pair: loss and accuracy, train and test, both frameworks together."""

from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

# Okabe and Ito's colours, told apart by people of any colour vision; the markers differ too.
STYLES: dict[str, dict[str, Any]] = {
    "keras": {"color": "#D55E00", "marker": "o", "linewidth": 4, "alpha": 0.55, "markersize": 9},
    "torch": {"color": "#0072B2", "marker": "x", "linewidth": 1.4, "markersize": 7},
}
PANELS = (("loss", "train_loss", "test_loss"), ("accuracy", "train_accuracy", "test_accuracy"))


def curves(record: dict[str, Any], path: Path) -> None:
    """Draw a record's curves into a PNG. The same record gives the same file."""
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes, (title, train, test) in zip((left, right), PANELS, strict=True):
        for run in record["runs"]:
            _line(axes, run, train, "train", "--")
            _line(axes, run, test, "test", "-")
        axes.set_title(title)
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
    left.set_ylabel(record["recipe"]["loss"])
    right.set_ylabel("of samples" if record["task"] == "classify" else "of pixels, at 0.5")
    right.legend(loc="lower right")
    figure.suptitle(f"{record['pair']}: {record['about']} ({record['data']['data']})")
    with matplotlib.rc_context({"savefig.dpi": 110}):
        figure.savefig(path, metadata={"Software": None})


def _line(axes: Axes, run: dict[str, Any], column: str, which: str, dashes: str) -> None:
    points = [(e["epoch"], e[column]) for e in run["history"] if e[column] is not None]
    framework = run["framework"]
    label = f"{framework}, {which}"
    axes.plot(*zip(*points, strict=True), dashes, label=label, **STYLES[framework])
