"""The lock-step runs of a results folder, as a page shows them."""

from collections.abc import Iterator
from pathlib import Path

from parity.course.lesson.pictures import picture
from parity.course.lesson.records import Drift, Picture, Table
from parity.language import digits
from parity.language import gettext as _
from parity.records import reading
from parity.records.training import LockstepRecord
from parity.results.show import drift

REMEDY = "delete it and run `parity lockstep` again"
FOLDER = "lockstep"  # in a results folder
BEST_FIRST = ("float64 tensorflow", "float32 tensorflow", "float64 jax")


def read(out: Path, drawn: Path) -> dict[str, tuple[Drift, ...]]:
    """Pair -> its lock-step runs in `out`/lockstep, float64 on tensorflow first.

    drawn: the folder of their pictures. Raises ResultsError for a record that cannot be read.
    """
    found: dict[str, list[Drift]] = {}
    for path, record in records(out):
        with reading.fitting(path, REMEDY):  # it may have no step
            found.setdefault(record.pair, []).append(_drift(drawn / FOLDER, path.stem, record))
    return {pair: tuple(sorted(drifts, key=_rank)) for pair, drifts in found.items()}


def records(out: Path) -> Iterator[tuple[Path, LockstepRecord]]:
    """Each run, and where it lies. Raises ResultsError."""
    for path in sorted((out / FOLDER / "records").glob("*.json")):
        yield path, reading.read(LockstepRecord, path, REMEDY)


def _rank(found: Drift) -> tuple[int, str]:
    name = f"{found.dtype} {found.backend}"
    return (BEST_FIRST.index(name) if name in BEST_FIRST else len(BEST_FIRST), name)


def _drift(folder: Path, name: str, record: LockstepRecord) -> Drift:
    points = [point for point in record.drift if point.step]
    title = _("{dtype}, Keras on {backend}").format(dtype=record.dtype, backend=record.backend)
    caption = _("Drift at some of the steps ({run})").format(run=title)
    naive = None
    if record.naive:
        head, body = drift.naive(record.naive)
        naive = Table(_("What one unmatched convention costs"), head, tuple(body))
    return Drift(
        record.dtype,
        record.backend,
        record.steps,
        record.verdict,
        tuple(drift.summary(record)),
        Table(caption, drift.COLUMNS, tuple(drift.rows(record)), right=1),
        naive,
        _picture(folder / f"{name}.png", record, title),
        record.divergence.step if record.divergence else None,
        points[0].port.weights,
        points[-1].port.weights,
    )


def _picture(path: Path, record: LockstepRecord, title: str) -> Picture | None:
    points = [point for point in record.drift if point.step]
    first, last = points[0], points[-1]
    alt = _(
        "Chart on logarithmic scales: the largest difference of any weight against the training "
        "step. Keras and the port start {port} apart, Keras and its twin {twin}; after step {step} "
        "they are {port_end} and {twin_end} apart."
    ).format(
        port=digits(f"{first.port.weights:.1e}"),
        twin=digits(f"{first.reference.weights:.1e}"),
        step=digits(f"{last.step:,}"),
        port_end=digits(f"{last.port.weights:.1e}"),
        twin_end=digits(f"{last.reference.weights:.1e}"),
    )
    if record.divergence:
        marked = _("A red line marks step {step}, the divergence.")
        alt = f"{alt} {marked.format(step=digits(f'{record.divergence.step:,}'))}"
    caption = _("{pair} in lock-step ({run}).").format(pair=record.pair, run=title)
    return picture(path, alt, caption, is_chart=True)
