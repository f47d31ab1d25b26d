"""What the gates found before any training."""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from parity.records.comparison import Report
from parity.results.read import Result
from parity.results.tables.text import Table, digits


def checks(results: Sequence[Result]) -> Table:
    """One row a pair: the verdict of each gate, and how far the sides were apart at most."""
    rows = [_check_row(result.record.check) for result in results]
    found = pd.DataFrame(rows)
    text = found.copy()
    for name in text.columns:
        if name.startswith("max difference"):
            text[name] = [f"{value:.1e}" if pd.notna(value) else "" for value in found[name]]
        elif name.startswith("x noise"):
            text[name] = [digits(value, 1) for value in found[name]]
    return Table("checks", found, text.fillna(""), 1)


def _check_row(check: Report) -> dict[str, Any]:
    row: dict[str, Any] = {"pair": check.pair}
    for gate in check.gates:
        row[f"{gate.name} {gate.dtype}".strip()] = gate.verdict
        if gate.name == "forward":
            row[f"max difference {gate.dtype}"] = _largest(layer.max_abs for layer in gate.layers)
            row[f"x noise {gate.dtype}"] = _largest(layer.noise_ratio for layer in gate.layers)
    return row


def _largest(figures: Iterable[float | None]) -> float | None:
    """None where a layer has none (NaN, or not run)."""
    found = list(figures)
    known = [figure for figure in found if figure is not None]
    return max(known) if known and len(known) == len(found) else None
