"""A person's own metrics of the test set: final figures over seeds, both sides in a row."""

from collections.abc import Sequence
from typing import Any

from parity.records.jobs import STARTS, Run
from parity.records.metrics import answers
from parity.results.read import Result
from parity.results.statistics import spread
from parity.results.tables.text import Table, mean_and_sd, signed, table


def metrics(results: Sequence[Result]) -> Table:
    """One row a pair, start and metric."""
    rows = [row for result in results for start in STARTS for row in _measured(result, start)]
    text = {
        "pair": lambda row: row["pair"],
        "start": lambda row: row["start"],
        "metric": lambda row: row["metric"],
        "Keras": lambda row: mean_and_sd(row, "keras"),
        "torch": lambda row: mean_and_sd(row, "torch"),
        "torch - Keras": lambda row: signed(row["torch"] - row["keras"]),
    }
    return table("metrics", rows, text, 3)


def _measured(result: Result, start: str) -> list[dict[str, Any]]:
    runs = {
        side: [r for r in result.runs if (r.job.start, r.job.framework) == (start, side)]
        for side in ("keras", "torch")
    }
    if not all(runs.values()):
        return []
    ours, theirs = (_last(runs[side]) for side in ("keras", "torch"))
    rows = []
    for name, answer in answers(ours, theirs).items():
        row: dict[str, Any] = {"pair": result.pair, "start": start, "metric": name}
        for side, values in (("keras", ours[name]), ("torch", theirs[answer])):
            found = spread(values)
            row |= {side: found.mean, f"{side}_sd": found.sd}
        rows.append(row)
    return rows


def _last(runs: list[Run]) -> dict[str, list[float]]:
    """Of each seed, by the metric's name."""
    return {name: [run.last.metrics[name] for run in runs] for name in runs[0].last.metrics}
