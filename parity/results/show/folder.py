"""What a results folder shows: tables, pictures and the index page, made from its records.

All of it can be made again at any time, and the same records give the same files.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich import box
from rich.table import Table

from parity.language import gettext as _
from parity.language import told
from parity.records import files, reading
from parity.records.comparison import Array
from parity.records.jobs import Run
from parity.results import read, tables
from parity.results.plots import (
    confusion,
    curves,
    equivalence,
    mistakes,
    predictions,
    reconstructions,
    timing,
)
from parity.results.plots.gallery import Gallery
from parity.results.read import Result
from parity.results.show import index

PICTURES = "pictures"
TABLES = "tables"
# What fits a terminal of 80 columns; README.md has the rest.
TERMINAL = ["pair", "start", "side", "test loss", "test accuracy"]


def make(out: Path, formats: Sequence[str] = ()) -> None:
    """Tables, pictures and the index page of all records in the folder.

    formats: of the pictures, beside PNG.
    """
    found = read.require(out)
    _tables(out / TABLES, found)
    gallery = Gallery(out / PICTURES, formats)
    for result in found:
        with reading.fitting(out / "records" / f"{result.pair}.json"):
            pictures(gallery, result)
    for shared in ("timing", "equivalence"):  # of an earlier state
        gallery.clear(shared)
    timings = [one for result in found for one in result.timings]
    if timings:
        gallery.save(timing.figure(timings), "timing")
    judged = _forest(found)
    if judged:
        gallery.save(equivalence.figure(judged), "equivalence")
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


def pictures(gallery: Gallery, result: Result) -> None:
    """All pictures of one pair, in the language that is spoken; those of an earlier state go
    first."""
    gallery.clear(f"{result.pair}-*")
    if not result.runs:
        return
    record = result.record
    for start in dict.fromkeys(run.job.start for run in result.runs):
        own = [run for run in result.runs if run.job.start == start]
        title = _("{pair}, paired runs: {about} ({data})")
        if start == "independent":
            title = _("{pair}, independent runs: {about} ({data})")
        words = {"about": told(record.about), "data": record.data.data}
        title = title.format(pair=result.pair, **words)
        drawn = curves.figure(title, record.recipe.loss, record.task, own)
        gallery.save(drawn, f"{result.pair}-{start}")
    keras, torch = result.first("keras"), result.first("torch")
    title = _("{pair}, paired runs, seed {seed}")
    if keras.job.start == "independent":
        title = _("{pair}, independent runs, seed {seed}")
    title = title.format(pair=result.pair, seed=keras.job.seed)
    if record.data.unit:
        _own(gallery, result, title, keras, torch)
    elif record.task == "classify":
        _classes(gallery, result, title, keras, torch)
    else:
        _images(gallery, result, title, keras, torch)


def _classes(gallery: Gallery, result: Result, title: str, keras: Run, torch: Run) -> None:
    labels = result.shown["labels"]
    predicted = (keras.shown["classes"], torch.shown["classes"])
    gallery.save(confusion.figure(title, labels, *predicted), f"{result.pair}-confusion")
    # Only the images that are shown are kept; the others are never looked at.
    images = np.zeros((len(labels), 28, 28), np.uint8)
    images[result.shown["mistakes"]] = result.shown["mistaken"]
    gallery.save(mistakes.figure(title, images, labels, *predicted), f"{result.pair}-mistakes")


def _own(gallery: Gallery, result: Result, title: str, keras: Run, torch: Run) -> None:
    """Of a person's own samples, of which nobody knows what they look like."""
    if "labels" in result.shown:
        labels = result.shown["labels"]
        predicted = (keras.shown["classes"], torch.shown["classes"])
        classes = 1 + int(max(x.max() for x in (labels, *predicted)))
        if classes <= confusion.MOST:
            drawn = confusion.figure(title, labels, *predicted, classes)
            gallery.save(drawn, f"{result.pair}-confusion")
    if "targets" in result.shown:
        values = [run.shown["predictions"] for run in (keras, torch)]
        drawn = predictions.figure(title, result.shown["targets"], *values)
        gallery.save(drawn, f"{result.pair}-predictions")


def _images(gallery: Gallery, result: Result, title: str, keras: Run, torch: Run) -> None:
    originals: Array = result.shown["originals"]
    inputs: Array | None = keras.shown["inputs"]
    if inputs is not None and np.allclose(inputs, originals.astype(np.float32) / 255):
        inputs = None
    outputs = (keras.shown["outputs"], torch.shown["outputs"])
    drawn = reconstructions.figure(title, originals, inputs, *outputs)
    gallery.save(drawn, f"{result.pair}-reconstructions")


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
