"""`parity lesson`: check pairs and write a small site that teaches them."""

import argparse
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from parity.checking import provenance
from parity.checking.options import Options
from parity.checking.probe import digits_probe
from parity.checking.show import console as screen
from parity.cli import options
from parity.cli.session import both_sides, console
from parity.course.lesson import (
    as_reported,
    catalogue,
    drawn,
    drift_read,
    figures,
    lessons,
    outcome,
    site,
)
from parity.course.lesson.measured import measure
from parity.course.lesson.records import Build, Checked
from parity.language import gettext as _
from parity.pairs import select
from parity.records import reading
from parity.records.comparison import Report
from parity.records.pair import Pair
from parity.records.results import Provenance


def arguments(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "Check pairs and write a static site: a page a pair with the two files side by side, layer "
        "by layer, what was measured, and exercises; the laboratory of differences; and what the "
        "course report did. It needs no server and no network: open index.html."
    )
    verb.epilog = (
        "exit status: as of `parity check`; a pair that differs gets its page all the same"
    )
    options.pairs(verb)
    verb.add_argument(
        "--out", type=Path, default=Path("site"), metavar="DIR", help="replaced as a whole (site)"
    )
    options.results(verb, "where trainings, timings and lock-step runs are read from")
    options.backend(verb)
    options.seed(verb)
    options.language(verb)


def run(args: argparse.Namespace) -> int:
    chosen = select(args.pairs)
    site.check_place(args.out)
    results = figures.folder(args.results) if args.results == options.RESULTS else args.results
    laboratory = catalogue.read(results)
    with drawn.pictures(results, [pair.name for pair in chosen]) as folder:
        kept = lessons.Folder(outcome.read(results, folder), drift_read.read(results, folder))
        checked, reports, build = _check(chosen, args)
        made = [lessons.lesson(pair, checked[pair.name], kept) for pair in chosen]
        theirs = as_reported.read(results, reports, folder)
        site.write(args.out, made, laboratory, theirs, build)
    wrote = _("wrote {index}, with the figures of {results}")
    screen.say(console, wrote.format(index=args.out / "index.html", results=results))
    return screen.exit_status([lesson.checked.report.verdict for lesson in made])


def _check(
    chosen: tuple[Pair, ...], args: argparse.Namespace
) -> tuple[dict[str, Checked], dict[str, Report], Build]:
    """All gates of every pair; of the report's ports those that tell what function it is."""
    checked, reports = {}, {}
    theirs = as_reported.ports(chosen)
    with both_sides(args.keras_backend, "cpu") as sides, _progress() as progress:
        found = provenance.describe(sides, {"seed": args.seed})
        shown = digits_probe()
        bar = progress.add_task("", total=len(chosen) + len(theirs))
        for pair in chosen:
            progress.update(bar, description=_("checking {name}").format(name=pair.name))
            checked[pair.name] = measure(pair, sides, shown, found, Options(seed=args.seed))
            progress.advance(bar)
        for port in theirs:
            progress.update(
                bar, description=_("checking the report's {name}").format(name=port.name)
            )
            reports[port.name] = as_reported.check(port, sides, shown, found, args.seed)
            progress.advance(bar)
    return checked, reports, _build(found, args)


def _progress() -> Progress:
    title = TextColumn("{task.description}", markup=False)
    return Progress(title, BarColumn(), MofNCompleteColumn(), console=console, transient=True)


def _build(found: dict[str, Any], args: argparse.Namespace) -> Build:
    told = reading.record(Provenance, found, "the provenance")
    changed = _(", with changes") if told.source.changed else ""
    return Build(
        args.keras_backend,
        args.seed,
        told.installed,
        f"{told.source.short}{changed}",
        results=args.results.as_posix(),
    )
