"""Write the site: into a folder beside, then in one move into its place."""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import TypeVar

from jinja2 import Environment

from parity.checking.show.page import colours
from parity.checking.show.page.render import asset
from parity.course.lesson import catalogue, render
from parity.course.lesson.records import Build, Laboratory, Lesson, Picture, ReportedPair
from parity.errors import ResultsError
from parity.records import files, reading

MARKER = "site.json"  # by which a later run knows a folder as one of its own
ASSETS = ("style.css", "page.js")
T = TypeVar("T")


def check_place(out: Path) -> None:
    """Raise ResultsError, before any work is done, where the site may not be written.

    It may where nothing is, in an empty folder, and in the place of an earlier site.
    """
    if os.path.lexists(out) and (out.is_symlink() or not out.is_dir()):
        raise ResultsError(f"{out} is no folder; choose another --out")
    try:
        if out.is_dir() and any(out.iterdir()):
            reading.read(Build, out / MARKER)
    except (OSError, ResultsError) as error:
        raise ResultsError(
            f"{out} holds other things than lessons ({MARKER} is not ours, or not there); "
            "choose an empty folder, or one that `parity lesson` made"
        ) from error
    files.prepare(out.absolute().parent)


def write(
    out: Path,
    lessons: Sequence[Lesson],
    laboratory: Laboratory,
    reported: Sequence[ReportedPair],
    build: Build,
) -> None:
    """All pages, pictures and assets. What was in `out` before is gone afterwards."""
    check_place(out)
    place = out.absolute()
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=files.PREFIX) as folder:
        made = Path(folder) / "site"
        made.mkdir()
        _pages(made, lessons, laboratory, reported, build)
        _assets(made)
        shown = [picture for lesson in lessons for picture in pictures(lesson)]
        _copy(made, [*shown, *(picture for pair in reported for picture in pair.pictures)])
        files.write_json(made / MARKER, asdict(build))
        try:
            _exchange(made, place, Path(folder) / "before")
        except OSError as error:
            raise ResultsError(f"{out} cannot be written: {error.strerror or error}") from error


def _exchange(made: Path, place: Path, before: Path) -> None:
    """Put what was made in its place, and what was there before aside."""
    if place.exists():
        place.rename(before)
    try:
        made.rename(place)
    except BaseException:
        if before.exists():
            before.rename(place)
        raise


def _pages(
    made: Path,
    lessons: Sequence[Lesson],
    laboratory: Laboratory,
    reported: Sequence[ReportedPair],
    build: Build,
) -> None:
    found: Environment = render.environment()
    shared = {"lessons": lessons, "laboratory": laboratory, "reported": reported, "build": build}

    def page(template: str, name: str, **more: object) -> None:
        text = found.get_template(template).render(**shared, this=name, **more)
        (made / name).write_text(text, encoding="utf-8", newline="\n")

    page("index.html", "index.html")
    page("differences.html", "differences.html")
    page("report.html", "report.html")
    areas = laboratory.areas
    for before, area, after in _with_neighbours(tuple(areas)):
        shown = {"area": area, "entries": areas[area]}
        page("area.html", catalogue.area_file(area), **shown, before=before, after=after)
    for earlier, lesson, later in _with_neighbours(lessons):
        page("pair.html", lesson.file, lesson=lesson, before=earlier, after=later)


def _with_neighbours(pages: Sequence[T]) -> Iterator[tuple[T | None, T, T | None]]:
    """Each with the one before and the one after it."""
    yield from zip([None, *pages], pages, [*pages[1:], None], strict=False)


def _assets(made: Path) -> None:
    folder = resources.files("parity.course.lesson") / "assets"
    for name in ASSETS:
        text = (folder / name).read_text(encoding="utf-8")
        if name == "style.css":
            text = "\n".join((asset("base.css"), text, colours.stylesheet()))
        (made / name).write_text(text, encoding="utf-8", newline="\n")


def pictures(lesson: Lesson) -> list[Picture]:
    """All pictures that the pair's page shows."""
    found: list[Picture | None] = [lesson.drifts[0].picture] if lesson.drifts else []
    if lesson.outcome:
        found += lesson.outcome.curves
        outcome = lesson.outcome
        found += [outcome.confusion, outcome.mistakes, outcome.reconstructions]
    return [one for one in found if one]


def _copy(made: Path, shown: Iterable[Picture]) -> None:
    for picture in shown:
        target = made / picture.file
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(picture.source, target)
