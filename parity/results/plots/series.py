"""Figures of runs as they are drawn: which there are, and what tells frameworks apart."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from parity.language import digits
from parity.records.comparison import Array
from parity.records.jobs import FRAMEWORKS, Run
from parity.results.plots import style

WHICH = ("train", "test")
# Where both frameworks give the same, the eye shall see two: thick Keras below thin torch.
LINES: dict[str, dict[str, Any]] = {
    "keras": {"marker": "o", "markersize": 6.5, "linewidth": 3.4, "alpha": 0.5},
    "torch": {"marker": "x", "markersize": 4.5, "linewidth": 1.1},
}
BANDS: dict[str, dict[str, Any]] = {
    "keras": {"alpha": 0.22, "linewidth": 0},
    "torch": {"alpha": 0.22, "linewidth": 0, "hatch": "////"},
}
END: dict[str, Any] = {"marker": "X", "color": style.BLACK, "linestyle": "", "markersize": 6.5}


def of(runs: Sequence[Run], framework: str) -> list[Run]:
    return [run for run in runs if run.job.framework == framework]


def epochs(runs: Sequence[Run]) -> int:
    """How far the longest run came."""
    return max((epoch.epoch for run in runs for epoch in run.history), default=0)


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


def is_share(runs: Sequence[Run]) -> bool:
    """The recipe `as_reported` has an accuracy that is none: right answers per batch."""
    tested = table(runs, "test_accuracy")
    return not (tested > 1).any()


def written(value: float, what: str, runs: Sequence[Run], places: int = 4) -> str:
    """A figure of an axis in the language that is spoken. places: that count, of a loss."""
    is_of_all = what == "accuracy" and is_share(runs)
    return digits(f"{value:.{places - 2}%}" if is_of_all else f"{value:#.{places}g}")


def untrained(runs: Sequence[Run], what: str) -> dict[str, float]:
    """The mean of all seeds on the test set at epoch 0, of each framework that has one."""
    found = {}
    for framework in FRAMEWORKS:
        first = table(of(runs, framework), f"test_{what}")[:, :1]
        known = first[np.isfinite(first)]
        if known.size:
            found[style.NAMES[framework]] = float(known.mean())
    return found


def told(figures: Mapping[str, float], what: str, runs: Sequence[Run]) -> str:
    """Figures of the frameworks, rounded: one where they read the same."""
    said = {name: written(value, what, runs, places=3) for name, value in figures.items()}
    if len({*said.values()}) == 1:
        return next(iter(said.values()))
    return ", ".join(map(" ".join, said.items()))
