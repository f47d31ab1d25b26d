"""The report's own ports, as their page shows them: a check, every quirk, and what it cost."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from parity.checking import run
from parity.checking.options import Options
from parity.checking.probe import Probe
from parity.course.lesson.pictures import picture
from parity.course.lesson.records import Picture, ReportedPair, Table
from parity.course.reported import costs, pages
from parity.course.reported.pages import Page
from parity.course.reported.records import COURSE, REPORT, Record
from parity.language import digits
from parity.language import gettext as _
from parity.pairs import reported
from parity.records.comparison import Report
from parity.records.pair import Pair
from parity.results.tables.text import plus_minus
from parity.sides.process import Sides

FOLDER = "as_reported"  # in a results folder
GATES = ("data", "structure", "weights", "forward")  # is it the same function, of the same data?
Reports = Mapping[str, Report]


def ports(pairs: Sequence[Pair]) -> tuple[Pair, ...]:
    """The report's ports of these pairs, as far as it wrote one."""
    names = {pair.name for pair in pairs}
    return tuple(pair for pair in reported() if pair.name in names)


def check(
    port: Pair, sides: Sides, shown: Probe, provenance: dict[str, Any], seed: int = 0
) -> Report:
    """The gates that tell whether the port is Keras's function."""
    return run.check(port, sides, Options(GATES, seed=seed), shown, provenance)


def read(results: Path, reports: Reports, drawn: Path) -> tuple[ReportedPair, ...]:
    """The pairs of these reports. drawn: the folder of pictures.

    Raises ResultsError for a record that cannot be read.
    """
    shown = drawn / FOLDER / "pictures"
    return tuple(
        ReportedPair(page, reports[page.pair], tuple(_pictures(shown, page)))
        for page in pages.read(results / FOLDER, results)
        if page.pair in reports
    )


def figures(page: Page, record: Record) -> Table:
    """The port's end as the report defines its figures, by the course's definitions, and ours."""
    rows = [
        (_("as the report defines them"), costs.end(record, REPORT)),
        (_("the same weights, by the course's definitions"), costs.end(record, COURSE)),
    ]
    if page.ours:
        rows.append((_("our faithful port"), page.ours))
    text = tuple(
        (
            name,
            plus_minus(end.loss.mean, end.loss.sd, 5),
            plus_minus(end.accuracy.mean, end.accuracy.sd),
            str(end.seeds),
        )
        for name, end in rows
    )
    caption = _("Test figures of {pair} after {epochs} epochs")
    head = (_("figures"), _("test loss"), _("test accuracy"), _("seeds"))
    return Table(caption.format(pair=page.pair, epochs=record.epochs), head, text)


def _pictures(folder: Path, page: Page) -> Iterator[Picture]:
    ends = ""
    if page.record:
        report, course = (costs.end(page.record, name).loss.mean for name in (REPORT, COURSE))
        ends = " " + _(
            "The report's port ends at a test loss of {theirs} as the report defines it, and of "
            "{ours} by the course's definition."
        ).format(theirs=digits(f"{report:.4f}"), ours=digits(f"{course:.4f}"))
    about = {
        "curves": _(
            "Loss and accuracy by epoch: the report's port as the report defines them, and "
            "Keras's file."
        ),
        "confusion": _(
            "Confusion matrices of Keras's file and of the report's port, and their difference."
        ),
        "reconstructions": _(
            "Ten test images, and what Keras's file and the report's port make of them."
        ),
    }
    for name, caption in about.items():
        source = folder / f"{page.pair}-{name}.png"
        file = f"pictures/as_reported-{source.name}"
        alt = f"{page.pair}: {caption}{ends}"
        found = picture(source, alt, caption, file, name != "reconstructions")
        if found:
            yield found
