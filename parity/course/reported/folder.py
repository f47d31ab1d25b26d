"""What a folder of `parity reported` shows: a page and pictures, made from its records."""

from pathlib import Path

from parity.course.reported import costs, pages
from parity.course.reported.pages import Page, Told
from parity.course.reported.records import COURSE, REPORT, WEIGHTED, Record
from parity.language import gettext as _
from parity.records import files
from parity.records.comparison import Array
from parity.results.plots import confusion, curves, reconstructions
from parity.results.plots.gallery import Gallery
from parity.results.show.index import provenance_lines
from parity.results.statistics import Spread
from parity.results.tables.text import markdown_rows, plus_minus

PICTURES = "pictures"
HEAD = """\
# What the report did, and what it means

Made by `parity reported`; every figure comes from `records/`. The ports are the course report's own
(`torch_port/as_reported/`), trained as it trained them: with torch's initialisation, torch's Adam,
and its data. `parity check --port as_reported` says which of them are Keras's function.

*reported* are figures as the report's loops define them, *weighted* the same with every image
counted once and an accuracy that is a share, *course* those of the comparison in `{folder}/`: of
noisy images for the denoiser, the output taken as an image in [0, 1] and compared with the image as
it is. All three are of the same weights. *ours* is the faithful port. A figure with ± is the mean
and the sample standard deviation over seeds, of the report's port and of ours, which start from
first weights of their own. What each quirk costs is read from the weights of the first seed.
"""
CLASSES = "confusion matrices of Keras's file and of the report's port"
IMAGES = "ten originals, and what Keras's file and the report's port make of them"
CURVES = "loss and accuracy as the report defines them, beside those of Keras's file"


def make(out: Path, comparison: Path) -> None:
    """Pictures and the page, of all records in the folder. comparison: a folder of results."""
    found = [page for page in pages.read(out, comparison) if page.record is not None]
    for page in found:
        assert page.record is not None
        pictures(out / PICTURES, page, page.record)
    files.write_text(out / "README.md", text(out, comparison, found))


def text(out: Path, comparison: Path, found: list[Page]) -> str:
    head = (
        "pair",
        "epochs",
        "seeds",
        "reported loss",
        "weighted loss",
        "course loss",
        "ours",
        "reported accuracy",
        "course accuracy",
        "ours",
    )
    parts = [
        HEAD.format(folder=comparison.as_posix()),
        "Test figures at the end:",
        "",
        markdown_rows(head, [_row(page) for page in found], names=1),
        "",
    ]
    for page in found:
        parts += _section(out, page)
    parts += ["## How it was run", ""]
    for page in found:
        assert page.record is not None
        record = page.record
        seeds = ", ".join(map(str, record.seeds))
        parts += [f"**{page.pair}**, {'seeds' if record.further else 'seed'} {seeds}", ""]
        parts += [*provenance_lines(record.provenance, record.data), ""]
    return "\n".join(parts)


def _row(page: Page) -> tuple[str, ...]:
    assert page.record is not None
    record, ours = page.record, page.ours
    ends = {name: costs.end(record, name) for name in (REPORT, WEIGHTED, COURSE)}
    return (
        page.pair,
        str(record.epochs),
        str(len(record.seeds)),
        *(_spread(one.loss, 5) for one in ends.values()),
        _spread(ours.loss, 5) if ours else "",
        *(_spread(ends[name].accuracy) for name in (REPORT, COURSE)),
        _spread(ours.accuracy) if ours else "",
    )


def _spread(found: Spread, places: int = 4) -> str:
    return plus_minus(found.mean, found.sd, places)


def _section(out: Path, page: Page) -> list[str]:
    parts = [f"## {page.pair}", "", f"`{page.port}` beside `{page.reference}`", ""]
    for told in page.told:
        parts += _told(told)
    rows = [(cost.label, cost.text) for cost in page.together]
    parts += ["**All of it together**", "", markdown_rows(("measured", ""), rows, names=1), ""]
    for name, about in (("curves", CURVES), ("confusion", CLASSES), ("reconstructions", IMAGES)):
        path = Path(PICTURES) / f"{page.pair}-{name}.png"
        if (out / path).exists():
            parts += [f"![{page.pair}: {about}]({path.as_posix()})", ""]
    return parts


def _told(told: Told) -> list[str]:
    quirk = told.quirk
    entries = f" [{', '.join(quirk.entries)}]" if quirk.entries else ""
    parts = [
        f"**{quirk.id}** ({quirk.where}){entries}. The report has {quirk.wrote}; Keras's file "
        f"{quirk.keras}. So: {quirk.means}.",
        "",
    ]
    if told.costs:
        rows = [(cost.label, cost.text) for cost in told.costs]
        parts += [markdown_rows(("measured", ""), rows, names=1), ""]
    return parts


def pictures(folder: Path, page: Page, record: Record) -> None:
    """All pictures of one pair, in the language that is spoken; those of an earlier state go
    first."""
    gallery = Gallery(folder)
    gallery.clear(f"{page.pair}-*")
    if not page.keras:
        return
    title = _("{pair}: Keras's file, and the report's port (torch) on its own data")
    title = title.format(pair=page.pair)
    runs = [*page.keras, *record.runs(REPORT)]
    drawn = curves.figure(title, record.loss, record.task, runs)
    gallery.save(drawn, f"{page.pair}-curves")
    theirs, mine = page.keras[0].shown, record.shown
    if record.task == "classify":
        drawn = confusion.figure(title, mine["labels"], theirs["classes"], mine["classes"])
        gallery.save(drawn, f"{page.pair}-confusion")
        return
    noisy: Array | None = mine["inputs"] if "clean_outputs" in mine else None
    outputs = theirs["outputs"], mine["outputs"]
    drawn = reconstructions.figure(title, mine["originals"], noisy, *outputs)
    gallery.save(drawn, f"{page.pair}-reconstructions")
