"""The runs of two results folders, A and B: bitwise the same? Do they end alike?

The arms of all tests are A and B, each side of a pair by itself. Keras and torch are compared
within a folder alone (parity/results/equivalence.py).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from parity.records.comparison import Array
from parity.records.jobs import FRAMEWORKS, STARTS, Run
from parity.records.pair import Margins
from parity.results import statistics
from parity.results.equivalence import METRICS, Metric, final, margin
from parity.results.read import Result
from parity.results.tables.text import number

Outcome = Literal["identical", "equivalent", "different", "undecided", "not judged"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
# In the order in which an epoch finds them. Its seconds are no figure of the model.
HISTORY = ("train_loss", "train_accuracy", "test_loss", "test_accuracy", "test_keras_accuracy")
ARM = ["pair", "start", "framework"]
SORT = ["lane", "recipe", "epochs"]  # figures of two sorts of runs are no measurements of one thing
RUN = [*ARM, *SORT, "seed"]  # what the same run has in common: all of a job but Keras's backend
SIDES = (" A", " B")  # after the names of their columns
UNTESTED = dict.fromkeys(("low", "high", "p", "p_difference"))


def table(found: Sequence[Result]) -> pd.DataFrame:
    """One row a run: RUN, METRICS at its end, and its history by epoch and figure (float64)."""
    runs = [run for result in found for run in sorted(result.runs, key=_order)]
    keys = [[getattr(run.job, name) for name in RUN] for run in runs]
    ends = {name: [final(run, name) for run in runs] for name in METRICS}
    histories = pd.Series([_history(run) for run in runs], dtype=object)
    return pd.DataFrame(keys, columns=RUN).assign(**ends, history=histories)


def _order(run: Run) -> tuple[int, int, int]:
    return STARTS.index(run.job.start), FRAMEWORKS.index(run.job.framework), run.job.seed


def _history(run: Run) -> Array:
    """NaN for a figure that is not finite, and for one that epoch 0 has not."""
    rows = [[number(getattr(epoch, name)) for name in HISTORY] for epoch in run.history]
    return np.array(rows, np.float64)


def common(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """The runs in both, a row each. a, b: what `table` gives.

    "part at epoch", "figure": the first in which their histories differ, missing where they are
    bitwise equal. "test loss A", "... B" and "... B - A", and of the accuracy: at the end.
    """
    both = a.merge(b, on=RUN, suffixes=SIDES)
    histories = zip(both.pop("history A"), both.pop("history B"), strict=True)
    partings = pd.DataFrame([_parting(*pair) for pair in histories], columns=["epoch", "figure"])
    both["part at epoch"] = partings["epoch"]
    both["figure"] = pd.Categorical(partings["figure"], HISTORY, ordered=True)
    for name in METRICS:
        apart = both[f"{name} B"] - both[f"{name} A"]
        both[f"{name} B - A"] = apart.where(both["figure"].notna(), 0.0)
    return both


def _parting(a: Array, b: Array) -> tuple[int, str] | tuple[None, None]:
    length = max(len(a), len(b))
    x, y = (np.pad(one, ((0, length - len(one)), (0, 0)), constant_values=np.nan) for one in (a, b))
    # By their bits, which tell 0.0 from -0.0; a missing figure is missing, whatever the reason.
    apart = (x.view(np.int64) != y.view(np.int64)) & ~(np.isnan(x) & np.isnan(y))
    for epoch, figure in np.argwhere(apart):
        return int(epoch), HISTORY[figure]
    return None, None


def figures(margins: Mapping[str, Margins], a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """Both metrics of every side and start that both have runs of, over all seeds of either.

    margins: of A, by pair. Columns: ARM, "metric", "seeds A", "seeds B", and what
    parity.statistics says of the arms, "A.mean", "B.sd" and so on, with an "outcome".
    """
    theirs = dict(list(b.groupby(ARM)))
    return pd.json_normalize(
        [
            dict(zip(ARM, arm, strict=True))
            | _judged(ours, theirs[arm], metric, margins[str(arm[0])])
            for arm, ours in a.groupby(ARM, sort=False)
            if arm in theirs
            for metric in METRICS
        ]
    )


def _judged(a: pd.DataFrame, b: pd.DataFrame, metric: Metric, margins: Margins) -> dict[str, Any]:
    seeds, others, ours, theirs = (arm[of].tolist() for of in ("seed", metric) for arm in (a, b))
    # The same seeds start from the same weights: then each is compared with its own counterpart.
    judge = statistics.paired if seeds == others else statistics.independent
    test = asdict(judge(ours, theirs, margin(margins, metric, ours)))
    why = re.sub("keras:|torch:", lambda arm: {"k": "A:", "t": "B:"}[arm[0][0]], test["why"])
    found = {"metric": metric, "outcome": test.pop("verdict"), "seeds A": seeds, "seeds B": others}
    found |= {"A": test.pop("keras"), "B": test.pop("torch")} | test | {"why": why}
    for name in SORT:
        x, y = a[name].iloc[0], b[name].iloc[0]
        if x != y:
            untested = {"outcome": "not judged", "needed": None, "why": f"{name}: {x} against {y}"}
            return found | UNTESTED | untested
    both = common(a, b)
    if len(both) == len(a) == len(b) and both["figure"].isna().all():
        return found | {"outcome": "identical", "needed": None, "why": ""}
    return found
