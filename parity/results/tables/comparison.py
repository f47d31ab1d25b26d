"""How both sides end: final figures over seeds; and every epoch of every run."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from parity.records.jobs import FRAMEWORKS, STARTS, Run
from parity.records.pair import Task
from parity.results.read import Result
from parity.results.statistics import spread
from parity.results.tables.text import Table, count, mean_and_sd, number, table

FIGURES = ("train_loss", "test_loss", "train_accuracy", "test_accuracy", "test_keras_accuracy")


def comparison(results: Sequence[Result]) -> Table:
    """One row a pair, start and side: final figures, mean and sample sd over seeds."""
    rows = [row for result in results for row in _compared(result)]
    text = {
        "pair": lambda row: row["pair"],
        "start": lambda row: row["start"],
        "side": lambda row: row["side"],
        "seeds": lambda row: count(row["seeds"]),
        "epochs": lambda row: count(row["epochs"]),
        "train loss": lambda row: mean_and_sd(row, "train_loss", 5),
        "test loss": lambda row: mean_and_sd(row, "test_loss", 5),
        "train accuracy": lambda row: mean_and_sd(row, "train_accuracy"),
        "test accuracy": lambda row: mean_and_sd(row, "test_accuracy"),
        "Keras's accuracy": lambda row: mean_and_sd(row, "test_keras_accuracy"),
        "ended early": lambda row: count(row["ended_early"]) if row["ended_early"] else "",
    }
    return table("comparison", rows, text, 3)


def _compared(result: Result) -> list[dict[str, Any]]:
    record = result.record
    shared = {"pair": result.pair, "check": record.check.verdict}
    recipe = {"recipe": record.recipe.name, "loss": record.recipe.loss}
    rows = []
    for start in STARTS:
        for framework in FRAMEWORKS:
            runs = [r for r in result.runs if (r.job.start, r.job.framework) == (start, framework)]
            if runs:
                rows.append(shared | recipe | _final(runs, record.task))
    unknown: dict[str, Any] = dict.fromkeys(("seeds", "epochs", "ended_early"))
    return rows or [shared | recipe | unknown | {"start": "not trained", "side": ""}]


def _final(runs: list[Run], task: Task | None) -> dict[str, Any]:
    first = runs[0]
    row: dict[str, Any] = {
        "start": first.job.start,
        "side": first.job.side,
        "lane": first.job.lane,
        "seeds": len(runs),
        "epochs": first.job.epochs,
        "parameters": first.parameters,
        "ended_early": sum(bool(run.error) for run in runs),
    }
    for name in FIGURES:
        found = spread([number(getattr(run.last, name)) for run in runs])
        row |= {name: found.mean, f"{name}_sd": found.sd}
    if task is None:  # there is no telling what is right
        row |= {name: None for name in FIGURES if "accuracy" in name}
    return row


def history(results: Sequence[Result]) -> pd.DataFrame:
    """One row a run and epoch, from epoch 0."""
    return pd.DataFrame(
        [
            {**vars(run.job), **{n: x for n, x in vars(epoch).items() if n != "metrics"}}
            | epoch.metrics
            for result in results
            for run in result.runs
            for epoch in run.history
        ]
    )
