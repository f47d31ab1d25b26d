"""What a results folder says of a pair: final figures, verdicts, timings and pictures."""

import statistics
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from parity.course.lesson.pictures import picture
from parity.course.lesson.records import Bar, Outcome, Picture, Table
from parity.records import reading
from parity.records.comparison import Array
from parity.records.jobs import LANES, STARTS
from parity.records.results import Provenance
from parity.results import read as results
from parity.results import tables
from parity.results.read import Result

SIDES = {"keras": "Keras", "torch": "PyTorch"}


def read(out: Path) -> dict[str, Outcome]:
    """Pair -> its outcome, for the pairs that the folder has. Raises ResultsError."""
    found = {}
    for result in results.read(out):
        with reading.fitting(out / "records" / f"{result.pair}.json"):
            found[result.pair] = _outcome(out, result)
    return found


def _outcome(out: Path, result: Result) -> Outcome:
    record, folder = result.record, out / "pictures"
    data = record.data
    return Outcome(
        record.recipe.epochs,
        f"{data.data}, {data.train:,} training and {data.test:,} test images",
        _table("How both sides end", tables.comparison([result]), ("pair", "epochs")),
        _table("Do both sides end alike?", tables.equivalence([result]), ("pair",)),
        tuple(_bars(result)),
        tuple(_curves(folder, result)),
        _confusion(folder, result),
        _mistakes(folder, result),
        _reconstructions(folder, result),
        _provenance(record.provenance),
    )


def _table(caption: str, found: tables.Table, without: tuple[str, ...]) -> Table:
    text = found.text
    if text.empty:
        return Table(caption, (), ())
    kept = [column for column in text.columns if column not in without]
    words = sum(column not in without for column in text.columns[: found.names])
    rows = tuple(tuple(str(value) for value in row) for row in text[kept].to_numpy())
    return Table(caption, tuple(kept), rows, words, int(kept[-1] == "verdict"))


def _bars(result: Result) -> Iterator[Bar]:
    epochs = [statistics.median(one.epochs) for one in result.timings if one.epochs]
    for lane in LANES:
        for one, setup in result.timed:
            if one.lane == lane and one.epochs:
                seconds = statistics.median(one.epochs)
                step = float(np.median(one.laps)) * 1000 if one.laps else seconds
                yield Bar(lane, one.side, seconds, step, setup.lane, seconds / max(epochs))


def _ends(result: Result, start: str) -> str:
    """Both sides' mean final test loss and accuracy, in words."""
    parts = []
    for framework, title in SIDES.items():
        last = [
            run.last
            for run in result.runs
            if (run.job.framework, run.job.start) == (framework, start)
        ]
        loss = statistics.fmean(epoch.test_loss for epoch in last)
        accuracy = statistics.fmean(epoch.test_accuracy for epoch in last)
        parts.append(f"{title} at {loss:.4f} with {accuracy:.2%} accuracy")
    return " and ".join(parts)


def _curves(folder: Path, result: Result) -> Iterator[Picture]:
    about = {
        "paired": "Paired runs: the same initial weights and the same batches on both sides.",
        "independent": "Independent runs: each side draws its own weights and batches.",
    }
    for start in STARTS:
        runs = [run for run in result.runs if run.job.start == start]
        if not runs:
            continue
        alt = (
            f"Two charts, loss and accuracy of {result.pair} against the epoch, {start} runs. "
            "Thick orange lines are Keras, thin blue lines PyTorch, dashed for the training set. "
            f"The test loss ends for {_ends(result, start)}."
        )
        found = picture(folder / f"{result.pair}-{start}.png", alt, about[start])
        if found:
            yield found


def _classes(result: Result) -> tuple[Array, Array, Array] | None:
    """Labels, and the classes that Keras and PyTorch give in the first seed's run."""
    if not result.runs or "labels" not in result.shown:
        return None
    sides = [result.first(framework).shown.get("classes") for framework in SIDES]
    if sides[0] is None or sides[1] is None:
        return None
    return result.shown["labels"], sides[0], sides[1]


def _confusion(folder: Path, result: Result) -> Picture | None:
    found = _classes(result)
    if found is None:
        return None
    labels, keras, torch = found
    right = [int((classes == labels).sum()) for classes in (keras, torch)]
    alt = (
        f"Confusion matrices of {result.pair}: Keras, PyTorch, and their difference. Keras has "
        f"{right[0]:,} and PyTorch {right[1]:,} of {len(labels):,} test digits on the diagonal; "
        f"the two give {int((keras != torch).sum()):,} digits another class."
    )
    caption = "Rows are the true digits, columns what the model says. The third is the difference."
    return picture(folder / f"{result.pair}-confusion.png", alt, caption)


def _mistakes(folder: Path, result: Result) -> Picture | None:
    found = _classes(result)
    if found is None:
        return None
    labels, keras, torch = found
    both = int(((keras != labels) & (torch != labels)).sum())
    alt = (
        f"The first misclassified test digits of {result.pair}, with the true class and what each "
        f"side says. {both:,} digits are wrong on both sides."
    )
    caption = "The first digits that a side gets wrong."
    return picture(folder / f"{result.pair}-mistakes.png", alt, caption)


def _reconstructions(folder: Path, result: Result) -> Picture | None:
    if not result.runs or result.record.task != "reconstruct":
        return None
    outputs = [result.first(framework).shown.get("outputs") for framework in SIDES]
    if outputs[0] is None or outputs[1] is None:
        return None
    apart = float(np.abs(outputs[0] - outputs[1]).max())
    alt = (
        f"Ten test digits, and below each what {result.pair} makes of it in Keras and in PyTorch. "
        f"No pixel of the two reconstructions is more than {apart:.2g} apart, of a range of 1."
    )
    caption = "Ten test images and their reconstructions by both sides, after the whole training."
    return picture(folder / f"{result.pair}-reconstructions.png", alt, caption)


def _provenance(found: Provenance) -> str:
    machine = f"{found.machine.processor}, {found.machine.cores} cores"
    return f"{found.installed}; {machine}; source {found.source.short}"
