"""The index page of a results folder: the comparison itself, in Markdown."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from parity.records.results import DataSet, PairRecord, Provenance
from parity.results import tables
from parity.results.read import Result

HOW = """\
- **Paired runs** start from the same weights, drawn by Keras and moved by the ledger, and see the
  same batches in the same order; each framework draws its own dropout masks. **Independent runs**
  share nothing but the recipe: each framework initialises, shuffles and draws for itself. A pair is
  trained and timed only if its check passes.
- **± is the sample standard deviation over seeds**, that is over initial weights, batch order and
  dropout together.
- **Losses** are means over samples (for images: over their pixels too). Training figures are
  running means while the weights move; test figures are taken after the epoch from the predictions
  of either side, by one definition in NumPy (`parity/numerics/metrics.py`).
- **Accuracy** of the classifiers is the share of samples whose most probable class is the label;
  of the auto-encoders the share of pixels on the same side of 0.5 in both images. *Keras's
  accuracy* is what the string `"accuracy"` means to Keras for the same output: for one channel the
  target is not thresholded, for 784 features the places of the brightest pixels are compared.
- **Equivalence** is tested by two one-sided t-tests at 5 %: *equivalent* where the 90 % interval of
  the difference lies within the margin, *different* where it does not and the 95 % interval
  excludes zero, *undecided* else. How many seeds would decide is reckoned for 90 % power at the
  measured spread.
- **Timing** is taken alone on the machine: a tenth of an epoch that traces, compiles and warms up,
  then a quarter of an epoch, or about six seconds of it, of both sides in turn. *ms / step* is the
  median over stretches of steps, the device synchronised at both ends, with its quartiles.
  *course s* is import, build and first step, and then the recipe's epochs at the median epoch;
  *s to 97 %* as many epochs as the trained runs needed to get there. Lanes do different things, so
  that rows of two lanes are no contest: *idiomatic* is each framework's usual loop (the report's
  DataLoader, and `fit`), *matched* the same arrays and steps on both sides, *tuned* each framework
  as fast as it goes with the same mathematics. The loss of the warm-up shows that all do the same
  work.
"""
OWN = """\
- **A pair of a person's own** that a training was given of is tested by each side's own loss at
  inference, and has an accuracy where its target is a class, or lies behind a sigmoid. Metrics of
  their own are each side's, of all test samples together.
"""


def page(out: Path, found: Sequence[Result]) -> str:
    """The page for these results. Only pictures that are there are shown."""
    made = {table.name: table for table in tables.all_tables(found)}
    parts = [
        "# Keras and PyTorch, side by side",
        "",
        "Made by `parity compare`; every figure comes from `records/` and `runs/`, every table is "
        "in `tables/` too (CSV, JSON, Markdown, LaTeX).",
        "",
        tables.markdown(made["comparison"]),
        "",
    ]
    if "metrics" in made:
        parts += ["## Metrics of their own, on the test samples", ""]
        parts += [tables.markdown(made["metrics"]), ""]
    if "equivalence" in made:
        parts += ["## Do both end alike?", "", tables.markdown(made["equivalence"]), ""]
        parts += _picture(out, "equivalence", "Differences of final test figures, in margins")
    if "timing" in made:
        parts += ["## How fast are they?", "", tables.markdown(made["timing"]), ""]
        if spoilt := tables.disturbed(found):
            parts += [f"**{spoilt}**", ""]
        parts += _picture(out, "timing", "Seconds an epoch by lane")
    own = OWN if any(result.record.data.unit for result in found) else ""
    parts += ["## How the figures are defined", "", HOW + own]
    for result in found:
        parts += _pair(out, result)
    parts += [
        "## The check that comes before training",
        "",
        "The largest difference between the two models over all layers and values, with the same "
        "weights and inputs, and its multiple of the measured float32 rounding noise "
        "(float64: that noise scaled by 2^-29). The limit is 8x.",
        "",
        tables.markdown(made["checks"]),
        "",
        "## How it was run",
        "",
        *_provenance(found),
    ]
    return "\n".join(parts) + "\n"


def _pair(out: Path, result: Result) -> list[str]:
    titles = {
        "paired": "loss and accuracy, paired runs",
        "independent": "loss and accuracy, independent runs",
        "confusion": "confusion matrices",
        "mistakes": "the first misclassified digits",
        "predictions": "predictions of test samples",
        "reconstructions": "ten originals and their reconstructions",
    }
    pictures = [
        line
        for name, about in titles.items()
        for line in _picture(out, f"{result.pair}-{name}", f"{result.pair}: {about}")
    ]
    return [f"## {result.pair}", "", *pictures] if pictures else []


def _picture(out: Path, name: str, about: str) -> list[str]:
    path = Path("pictures") / f"{name}.png"
    return [f"![{about}]({path.as_posix()})", ""] if (out / path).exists() else []


def _provenance(found: Sequence[Result]) -> list[str]:
    """One block for all pairs that were run alike."""
    groups: dict[str, list[Result]] = {}
    for result in found:
        groups.setdefault("\n".join(_lines(result.record)), []).append(result)
    parts = []
    for lines, members in groups.items():
        if len(groups) > 1:
            parts.append(f"**{', '.join(result.pair for result in members)}**\n")
        parts += [lines, ""]
    return parts


def _lines(record: PairRecord) -> list[str]:
    judged = (
        f"- margins: {record.margins.loss:.0%} of Keras's mean test loss, "
        f"{record.margins.accuracy} of accuracy"
    )
    return provenance_lines(record.provenance, record.data, judged)


def provenance_lines(provenance: Provenance, data: DataSet, *own: str) -> list[str]:
    """How a result came about, a line a matter. own: lines that stand before the source."""
    machine, source = provenance.machine, provenance.source
    keras, torch = provenance.keras_side, provenance.torch_side
    commit = f"`{source.short}`" if source.commit else source.short
    settings = {name: _listed(value) for name, value in provenance.settings.items()}
    return [
        f"- data: {data}",
        f"- versions: {provenance.installed}",
        f"- machine: {machine.processor}, {machine.cores} cores, {machine.system}",
        f"- devices: Keras ({keras.keras_backend}) on {keras.keras_device}, "
        f"torch on {torch.device}, TF32 off",
        f"- settings: {', '.join(f'{name} {value}' for name, value in settings.items())}",
        *own,
        f"- source: {commit}{', with changes' if source.changed else ''}",
    ]


def _listed(value: Any) -> str:
    return " + ".join(map(str, value)) if isinstance(value, list) else str(value)
