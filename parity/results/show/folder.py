"""What a results folder shows: tables, pictures and the index page, made from its records.

All of it can be made again at any time, and the same records give the same files.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich import box
from rich.table import Table

from parity.records import files, reading
from parity.records.comparison import Array
from parity.records.jobs import Run
from parity.results import read, tables
from parity.results.plots import confusion, curves, equivalence, mistakes, reconstructions, timing
from parity.results.read import Result
from parity.results.show import index

PICTURES = "pictures"
TABLES = "tables"
# What fits a terminal of 80 columns; README.md has the rest.
TERMINAL = ["pair", "start", "side", "test loss", "test accuracy"]


def make(out: Path) -> None:
    """Tables, pictures and the index page of all records in the folder."""
    found = read.require(out)
    _tables(out / TABLES, found)
    for result in found:
        with reading.fitting(out / "records" / f"{result.pair}.json"):
            _pictures(out / PICTURES, result)
    for shared in ("timing.png", "equivalence.png"):  # of an earlier state
        files.clear(out / PICTURES, shared)
    timings = [one for result in found for one in result.timings]
    if timings:
        timing.draw(timings, out / PICTURES / "timing.png")
    judged = _forest(found)
    if judged:
        equivalence.draw(judged, out / PICTURES / "equivalence.png")
    files.write_text(out / "README.md", index.page(out, found))


def table(out: Path) -> Table:
    """The comparison of all records in the folder, for the terminal."""
    shown = tables.comparison(read.require(out)).text.reindex(columns=TERMINAL, fill_value="")
    found = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name in TERMINAL:
        found.add_column(name, justify="right" if name.startswith("test") else "left")
    for row in shown.to_numpy():
        # Without Keras's backend, which is one and the same: 80 columns are few.
        found.add_row(*(str(value).partition(" (")[0] for value in row))
    return found


def _tables(folder: Path, found: Sequence[Result]) -> None:
    """Each table as CSV, JSON, Markdown and LaTeX; the history of all runs as CSV."""
    for one in tables.all_tables(found):
        base = folder / one.name
        files.write_text(
            base.with_suffix(".csv"), one.figures.to_csv(index=False, lineterminator="\n")
        )
        rows = json.loads(one.figures.to_json(orient="records", double_precision=15))
        files.write_json(base.with_suffix(".json"), rows)
        files.write_text(base.with_suffix(".md"), tables.markdown(one) + "\n")
        files.write_text(base.with_suffix(".tex"), tables.latex(one))
    kept = {one.name for one in tables.all_tables(found)}
    for name in tables.NAMES:
        if name not in kept:  # of an earlier state
            files.clear(folder, f"{name}.*")
    files.write_text(
        folder / "history.csv", tables.history(found).to_csv(index=False, lineterminator="\n")
    )


def _pictures(folder: Path, result: Result) -> None:
    """All pictures of one pair; those of an earlier state go first."""
    files.clear(folder, f"{result.pair}-*.png")
    if not result.runs:
        return
    record = result.record
    for start in dict.fromkeys(run.job.start for run in result.runs):
        own = [run for run in result.runs if run.job.start == start]
        title = f"{result.pair}, {start} runs: {record.about} ({record.data.data})"
        path = folder / f"{result.pair}-{start}.png"
        curves.draw(title, record.recipe.loss, record.task, own, path)
    keras, torch = result.first("keras"), result.first("torch")
    title = f"{result.pair}, {keras.job.start} runs, seed {keras.job.seed}"
    if record.task == "classify":
        _classes(folder, result, title, keras, torch)
    else:
        _images(folder, result, title, keras, torch)


def _classes(folder: Path, result: Result, title: str, keras: Run, torch: Run) -> None:
    labels = result.shown["labels"]
    predicted = (keras.shown["classes"], torch.shown["classes"])
    confusion.draw(title, labels, *predicted, folder / f"{result.pair}-confusion.png")
    # Only the images that are shown are kept; the others are never looked at.
    images = np.zeros((len(labels), 28, 28), np.uint8)
    images[result.shown["mistakes"]] = result.shown["mistaken"]
    mistakes.draw(title, images, labels, *predicted, folder / f"{result.pair}-mistakes.png")


def _images(folder: Path, result: Result, title: str, keras: Run, torch: Run) -> None:
    originals: Array = result.shown["originals"]
    inputs: Array | None = keras.shown["inputs"]
    if inputs is not None and np.allclose(inputs, originals.astype(np.float32) / 255):
        inputs = None
    outputs = (keras.shown["outputs"], torch.shown["outputs"])
    path = folder / f"{result.pair}-reconstructions.png"
    reconstructions.draw(title, originals, inputs, *outputs, path)


def _forest(found: Sequence[Result]) -> list[equivalence.Compared]:
    """Every verdict that seeds were tested for."""
    return [
        equivalence.Compared(
            f"{one.pair}, {one.metric}, {one.start}",
            one.found.difference,
            one.found.low,
            one.found.high,
            one.found.margin,
            one.found.verdict,
        )
        for result in found
        for one in result.judged
        if one.found.keras.count > 1
    ]
