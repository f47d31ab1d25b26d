"""The results folder: a record a pair, and tables, pictures and an index made from the records.

records/<pair>.json is written as soon as a pair is finished; everything else is made again from
all records in the folder, so that runs of single pairs add up to one comparison.
"""

import json
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

from parity import files, tabulate
from parity.errors import ResultsError
from parity.pairs import PAIRS
from parity.report import index, pictures

# What fits a terminal of 80 columns; README.md has the rest.
TERMINAL = ["pair", "framework", "test loss", "test accuracy", "s / epoch"]


def prepare(out: Path) -> None:
    """Raise ResultsError, before any work is done, where the folder cannot be written."""
    files.write_text(out / ".writable", "")
    (out / ".writable").unlink()


def add(out: Path, record: dict[str, Any]) -> None:
    """Write a finished pair's record, and make the tables and pictures again."""
    files.write_json(out / "records" / f"{record['pair']}.json", record)
    make(out)


def read(out: Path) -> list[dict[str, Any]]:
    """All records of a folder, in the order in which the pairs are registered.

    Raises ResultsError for a record that cannot be read.
    """
    paths = (out / "records" / f"{pair.name}.json" for pair in PAIRS)
    return [_record(path) for path in paths if path.exists()]


def _record(path: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ResultsError(f"{path} cannot be read ({error}); delete it and run again") from error
    return record


def table(out: Path) -> Table:
    """The comparison of all records in the folder, for the terminal."""
    shown = tabulate.displayed(tabulate.rows(read(out)))[TERMINAL]
    found = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name in TERMINAL:
        found.add_column(name, justify="left" if name in ("pair", "framework") else "right")
    for row in shown.to_numpy():
        found.add_row(*(str(value) for value in row))
    return found


def make(out: Path) -> None:
    """Tables, pictures and the index of all records in the folder."""
    records = read(out)
    comparison, history = tabulate.rows(records), tabulate.history(records)
    files.write_text(out / "comparison.csv", comparison.to_csv(index=False))
    files.write_text(out / "history.csv", history.to_csv(index=False))
    rows = json.loads(comparison.to_json(orient="records", double_precision=15))
    runs = {record["pair"]: record["provenance"] for record in records}
    files.write_json(out / "comparison.json", {"rows": rows, "provenance": runs})
    for record in records:
        picture = out / f"{record['pair']}.png"
        if record["runs"]:
            with files.whole(picture) as path:
                pictures.curves(record, path)
        else:
            picture.unlink(missing_ok=True)  # of an earlier run, when the pair still passed
    files.write_text(out / "README.md", index.page(records))
