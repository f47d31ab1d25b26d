"""The folder of lock-step runs: a record a run, a picture each, and a page of all."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from parity.pairs import place
from parity.records import files, reading
from parity.records.training import LockstepRecord
from parity.results.show import drift
from parity.results.tables.text import markdown_rows

HEAD = """\
# Keras and PyTorch in lock-step

Made by `parity lockstep`; every figure comes from `records/`. Both sides train on the same batches
with the same masks and noise, from the same weights. *weights* is the largest difference of any
weight after that step; the *one-ULP twin* is the Keras model trained against itself, every initial
weight moved to the next floating-point number. *x twin* is the larger multiple, of weights and
loss, of what the twin has drifted so far; the gate's limit is 10.

Training is chaotic: rounding grows until two runs have nothing in common but their quality, the
Keras model and its own twin no less than Keras and the port. A run that exceeds the limit is taken
back to that step and tried again from Keras's own weights; *parts at* is the step from which
rounding had grown so far. In the table *x twin* is the largest up to there.
"""


def add(out: Path, record: LockstepRecord) -> None:
    """Write a finished run, its picture, and the page of all runs in the folder."""
    name = _name(record)
    files.write_json(out / "records" / f"{name}.json", as_json(record))
    with files.whole(out / f"{name}.png") as path:
        drift.picture(record, path)
    found = _read(out)
    with reading.fitting(f"a record in {out / 'records'}"):
        text = page(found)
    files.write_text(out / "README.md", text)


def as_json(record: LockstepRecord) -> dict[str, Any]:
    """What a file holds of a run: nothing of what was not asked for."""
    missing = {name for name in ("cost", "naive", "decisions") if getattr(record, name) is None}
    return {name: value for name, value in asdict(record).items() if name not in missing}


def _name(record: LockstepRecord) -> str:
    return f"{record.pair}-{record.backend}-{record.dtype}"


def _read(out: Path) -> list[LockstepRecord]:
    found = [
        reading.read(LockstepRecord, path) for path in sorted((out / "records").glob("*.json"))
    ]
    return sorted(found, key=lambda record: place(record.pair))


def page(records: list[LockstepRecord]) -> str:
    """The summary of all runs, then each run."""
    head = (
        "pair",
        "Keras on",
        "dtype",
        "steps",
        "verdict",
        "weights apart",
        "loss",
        "x twin",
        "parts at",
        "test decisions that differ",
    )
    parts = [HEAD, markdown_rows(head, [_row(record) for record in records]), ""]
    naive = [(record, record.naive) for record in records if record.naive]
    if naive:
        parts += [
            "## What each unmatched convention costs",
            "",
            "The port in step with Keras from the same weights, with one convention of "
            "PyTorch's in place of Keras's: the largest difference of any weight.",
            "",
        ]
        for record, rows in naive:
            parts += [
                f"**{record.pair}** ({record.dtype}, {record.backend})",
                "",
                markdown_rows(*drift.naive(rows)),
                "",
            ]
    parts += ["## The runs", ""]
    for record in records:
        parts += [
            f"### {record.pair}, {record.dtype}, Keras on {record.backend}",
            "",
            *(f"- {line}" for line in drift.summary(record)),
            "",
            markdown_rows(drift.COLUMNS, drift.rows(record)),
            "",
            f"![Drift of {record.pair}]({_name(record)}.png)",
            "",
        ]
    return "\n".join(parts)


def _row(record: LockstepRecord) -> tuple[str, ...]:
    last, decided, divergence = record.drift[-1], record.decisions, record.divergence
    judged = [p for p in record.drift if not divergence or p.step < divergence.step]
    return (
        record.pair,
        record.backend,
        record.dtype,
        f"{record.steps:,}",
        record.verdict,
        f"{last.port.weights:.1e}",
        f"{record.largest_loss_difference:.1e}",
        f"{max(point.multiple for point in judged):.1f}",
        f"{divergence.step:,}" if divergence else "",
        f"{decided.different:,} of {decided.all:,}" if decided else "",
    )
