"""Records of compared pairs -> tables (pandas)."""

import statistics
from typing import Any

import pandas as pd

NAMES = 3  # the first columns of the table that people read are names; the rest are figures
COLUMNS = {
    "pair": "pair",
    "framework": "framework",
    "check": "check",
    "epochs": "epochs",
    "train_loss": "train loss",
    "test_loss": "test loss",
    "train_accuracy": "train accuracy",
    "test_accuracy": "test accuracy",
    "test_keras_accuracy": "Keras's accuracy",
    "seconds_per_epoch": "s / epoch",
    "images_per_second": "images / s",
    "parameters": "parameters",
}


def rows(records: list[dict[str, Any]]) -> pd.DataFrame:
    """One row a pair and framework: the last epoch's metrics, timing, and what was run.

    seconds_per_epoch is the median without the first epoch, which holds compilation; with only
    one epoch it is that one. A pair that failed its check has one row and no figures.
    """
    return pd.DataFrame([row for record in records for row in _rows(record)])


def _rows(record: dict[str, Any]) -> list[dict[str, Any]]:
    shared = {
        "pair": record["pair"],
        "check": record["check"]["verdict"],
        "data": record["data"]["data"],
        "loss": record["recipe"]["loss"],
        "batch_size": record["recipe"]["batch_size"],
        "epochs": record["recipe"]["epochs"],
        "seed": record["provenance"]["settings"]["seed"],
    }
    if not record["runs"]:
        return [shared | {"framework": "not trained"}]
    return [shared | _figures(run, record["data"]["train"]) for run in record["runs"]]


def _figures(run: dict[str, Any], images: int) -> dict[str, Any]:
    trained = run["history"][1:]
    seconds = [epoch["seconds"] for epoch in trained]
    steady = statistics.median(seconds[1:] or seconds)
    backend = f" ({run['backend']})" if run["backend"] else ""
    return {
        "framework": run["framework"] + backend,
        **{name: trained[-1][name] for name in trained[-1] if name not in ("epoch", "seconds")},
        "seconds_per_epoch": steady,
        "first_epoch_seconds": seconds[0],
        "images_per_second": images / steady,
        "parameters": run["parameters"],
    }


def history(records: list[dict[str, Any]]) -> pd.DataFrame:
    """One row a pair, framework and epoch, from epoch 0."""
    return pd.DataFrame(
        [
            {"pair": record["pair"], "framework": run["framework"], **epoch}
            for record in records
            for run in record["runs"]
            for epoch in run["history"]
        ]
    )


def checks(records: list[dict[str, Any]]) -> pd.DataFrame:
    """One row a pair: the verdict of each gate, and how far the sides were apart at most."""
    return pd.DataFrame([_check_row(record["check"]) for record in records])


def _check_row(check: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {"pair": check["pair"]}
    for gate in check["gates"]:
        row[f"{gate['name']} {gate['dtype']}".strip()] = gate["verdict"]
        if gate["name"] == "forward":
            row[f"max difference {gate['dtype']}"] = _largest(gate, "max_abs")
            row[f"x noise {gate['dtype']}"] = _largest(gate, "noise_ratio")
    return row


def _largest(gate: dict[str, Any], name: str) -> float | None:
    """The largest figure of a gate's layers; None where one has none (NaN, or not run)."""
    figures = [layer[name] for layer in gate["layers"]]
    return None if not figures or None in figures else max(figures)


def displayed(table: pd.DataFrame) -> pd.DataFrame:
    """The rows as people read them: chosen columns, rounded, as text."""
    chosen = table.reindex(columns=list(COLUMNS)).rename(columns=COLUMNS)
    return pd.DataFrame(
        {name: [_text(name, value) for value in chosen[name]] for name in chosen.columns}
    )


def _text(column: Any, value: Any) -> str:
    if pd.isna(value):
        return ""
    if isinstance(value, str):
        return value
    if column in ("epochs", "parameters", "images / s"):
        return f"{value:,.0f}"
    return f"{value:.1f}" if column == "s / epoch" else f"{value:.4f}"


def markdown(table: pd.DataFrame) -> str:
    """A table of text as Markdown; names to the left, figures to the right."""
    head = "| " + " | ".join(str(name) for name in table.columns) + " |"
    rule = "|" + "|".join("---" if i < NAMES else "--:" for i in range(table.shape[1])) + "|"
    body = ["| " + " | ".join(str(value) for value in row) + " |" for row in table.to_numpy()]
    return "\n".join([head, rule, *body])
