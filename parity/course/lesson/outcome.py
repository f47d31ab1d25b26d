"""What a results folder says of a pair: final figures, verdicts, timings and pictures."""

import statistics
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from parity.course.lesson.pictures import picture
from parity.course.lesson.records import Bar, Outcome, Picture, Table
from parity.language import digits, told
from parity.language import gettext as _
from parity.records import reading
from parity.records.comparison import Array
from parity.records.jobs import LANES, STARTS
from parity.records.results import Provenance
from parity.results import read as results
from parity.results import tables
from parity.results.read import Result

SIDES = {"keras": "Keras", "torch": "PyTorch"}


def read(out: Path, drawn: Path) -> dict[str, Outcome]:
    """Pair -> its outcome, for the pairs that the folder has. drawn: the folder of pictures.

    Raises ResultsError.
    """
    found = {}
    for result in results.read(out):
        with reading.fitting(out / "records" / f"{result.pair}.json"):
            found[result.pair] = _outcome(drawn / "pictures", result)
    return found


def _outcome(folder: Path, result: Result) -> Outcome:
    record = result.record
    data = record.data
    return Outcome(
        record.recipe.epochs,
        _("{data}, {train} training and {test} test images").format(
            data=data.data, train=digits(f"{data.train:,}"), test=digits(f"{data.test:,}")
        ),
        _table(_("How both sides end"), tables.comparison([result]), ("pair", "epochs")),
        _table(_("Do both sides end alike?"), tables.equivalence([result]), ("pair",)),
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
        ends = _("{side} at {loss} with {accuracy} accuracy")
        loss_text, share = digits(f"{loss:.4f}"), digits(f"{accuracy:.2%}")
        parts.append(ends.format(side=title, loss=loss_text, accuracy=share))
    return _(" and ").join(parts)


def _curves(folder: Path, result: Result) -> Iterator[Picture]:
    about = {
        "paired": _("Paired runs: the same initial weights and the same batches on both sides."),
        "independent": _("Independent runs: each side draws its own weights and batches."),
    }
    for start in STARTS:
        runs = [run for run in result.runs if run.job.start == start]
        if not runs:
            continue
        alt = _(
            "Two charts, loss and accuracy of {pair} against the epoch. Thick orange lines are "
            "Keras, thin blue lines PyTorch, dashed for the training set. The test loss ends for "
            "{ends}."
        ).format(pair=result.pair, ends=_ends(result, start))
        path = folder / f"{result.pair}-{start}.png"
        found = picture(path, alt, about[start], is_chart=True)
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
    alt = _(
        "Confusion matrices of {pair}: Keras, PyTorch, and their difference. Keras has {keras} and "
        "PyTorch {torch} of {all} test digits on the diagonal; the two give {others} digits "
        "another class."
    ).format(
        pair=result.pair,
        keras=_count(right[0]),
        torch=_count(right[1]),
        all=_count(len(labels)),
        others=_count(int((keras != torch).sum())),
    )
    caption = _(
        "Rows are the true digits, columns what the model says. The third is the difference."
    )
    return picture(folder / f"{result.pair}-confusion.png", alt, caption, is_chart=True)


def _mistakes(folder: Path, result: Result) -> Picture | None:
    found = _classes(result)
    if found is None:
        return None
    labels, keras, torch = found
    both = int(((keras != labels) & (torch != labels)).sum())
    alt = _(
        "The first misclassified test digits of {pair}, with the true class and what each side "
        "says. {both} digits are wrong on both sides."
    ).format(pair=result.pair, both=_count(both))
    caption = _("The first digits that a side gets wrong.")
    return picture(folder / f"{result.pair}-mistakes.png", alt, caption)


def _reconstructions(folder: Path, result: Result) -> Picture | None:
    if not result.runs or result.record.task != "reconstruct":
        return None
    outputs = [result.first(framework).shown.get("outputs") for framework in SIDES]
    if outputs[0] is None or outputs[1] is None:
        return None
    apart = float(np.abs(outputs[0] - outputs[1]).max())
    alt = _(
        "Ten test digits, and below each what {pair} makes of it in Keras and in PyTorch. No pixel "
        "of the two reconstructions is more than {apart} apart, of a range of 1."
    ).format(pair=result.pair, apart=digits(f"{apart:.2g}"))
    caption = _(
        "Ten test images and their reconstructions by both sides, after the whole training."
    )
    return picture(folder / f"{result.pair}-reconstructions.png", alt, caption)


def _provenance(found: Provenance) -> str:
    return _("{versions}; {processor}, {cores} cores; source {source}").format(
        versions=found.installed,
        processor=found.machine.processor,
        cores=found.machine.cores,
        source=told(found.source.short),
    )


def _count(number: int) -> str:
    return digits(f"{number:,}")
