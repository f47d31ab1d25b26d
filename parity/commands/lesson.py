"""`parity lesson`: check pairs and write a small site that teaches them."""

import argparse
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from parity import provenance
from parity.checking import Choice
from parity.commands.session import both_sides, console, digits_probe
from parity.lesson import catalogue, drift_read, lessons, outcome, site
from parity.lesson.measured import measure
from parity.lesson.records import Build, Laboratory, Lesson
from parity.pairs import select
from parity.records import Pair
from parity.report import console as screen


def run(args: argparse.Namespace) -> int:
    chosen = select(args.pairs)
    site.check_place(args.out)
    laboratory = catalogue.read(args.results)
    kept = lessons.Folder(outcome.read(args.results), drift_read.read(args.results))
    made, build = _check(chosen, kept, laboratory, args)
    site.write(args.out, made, laboratory, (), build)
    screen.say(console, f"wrote {args.out / 'index.html'}")
    return screen.exit_status([lesson.checked.verdict for lesson in made])


def _check(
    chosen: tuple[Pair, ...],
    kept: lessons.Folder,
    laboratory: Laboratory,
    args: argparse.Namespace,
) -> tuple[list[Lesson], Build]:
    """All gates of every pair, and a lesson of each."""
    choice = Choice(seed=args.seed)
    made = []
    with both_sides(args.keras_backend, "cpu") as sides, _progress() as progress:
        found = provenance.describe(sides, {"seed": args.seed})
        shown = digits_probe()
        bar = progress.add_task("", total=len(chosen))
        for pair in chosen:
            progress.update(bar, description=f"checking {pair.name}")
            measured = measure(pair, sides, shown, found, choice)
            made.append(lessons.lesson(pair, measured, kept, laboratory))
            progress.advance(bar)
    return made, _build(found, args)


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=console, transient=True)


def _build(found: dict[str, Any], args: argparse.Namespace) -> Build:
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    source = found["source"]
    commit = source["commit"][:12] if source else "an installed package"
    changed = ", with changes" if source.get("changed") else ""
    return Build(args.keras_backend, args.seed, versions, f"{commit}{changed}")
