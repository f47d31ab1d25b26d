"""`parity differences`: the catalogue of differences, each one measured anew."""

import argparse
from pathlib import Path

from parity.checking import provenance
from parity.checking.show import console as screen
from parity.checking.show.counting import counting
from parity.checking.show.rows import Column, Rows
from parity.cli import options
from parity.cli.session import console
from parity.course.laboratory import bench, catalogue
from parity.course.laboratory import page as shown
from parity.course.laboratory.experiment import title
from parity.errors import ParityError
from parity.language import gettext as _
from parity.language import told
from parity.records import files
from parity.sides.keras_backend import BACKENDS

BROKEN = 1


def arguments(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "The laboratory: one small experiment for each way in which Keras and PyTorch differ. It "
        "runs a naive translation and a faithful one, and prints how far each is from Keras. With "
        "names it also shows what the frameworks do, and the code."
    )
    verb.epilog = "exit status: 0 all claims hold, 1 one does not, 2 bad input"
    verb.add_argument(
        "ids", nargs="*", metavar="ID", help="entries, or areas such as losses (default: all)"
    )
    verb.add_argument("--list", action="store_true", help="name the entries and run nothing")
    verb.add_argument(
        "--keras-backend",
        action="append",
        choices=BACKENDS,
        help="may be given several times (default: all three)",
    )
    verb.add_argument(
        "--out", type=Path, metavar="DIR", help="write differences.md and differences.json there"
    )
    options.language(verb)


def run(args: argparse.Namespace) -> int:
    chosen = catalogue.select(args.ids)
    if args.list:
        names = Column("entry"), Column("about", is_prose=True)
        rows = [[key, told(title(entry))] for key, entry in chosen.items()]
        console.print(Rows(names, rows, has_heads=False))
        return 0
    if args.out and args.ids:
        raise ParityError("--out writes the page of the whole catalogue: name no entry beside it")
    if args.out:
        files.prepare(args.out)
    backends = tuple(args.keras_backend or BACKENDS)
    with counting(console, len(chosen)) as watch:
        wanted = bench.about(chosen.values(), backends)
        found = bench.run(wanted, lambda result: watch(result.id))
    results = {result.id: result for result in found}
    for key in chosen.keys() - results.keys():
        about = ", ".join(chosen[key].backends)
        alone = _("{key} is about Keras on {backends} alone: not run")
        screen.say(console, alone.format(key=key, backends=about))
    if args.ids:
        for key, result in results.items():
            console.print(shown.full(chosen[key], result))
    else:
        console.print(shown.table(results, chosen))
    broken = [key for key, result in results.items() if not result.holds]
    hold = _("{holding} of {all} claims hold")
    screen.say(console, hold.format(holding=len(results) - len(broken), all=len(results)))
    if args.out:
        described = provenance.versions(backends)
        record = {"versions": described, "differences": [bench.as_record(x) for x in found]}
        page = shown.page(results, chosen, {"versions": described})
        files.write_json(args.out / "differences.json", record)
        files.write_text(args.out / "differences.md", page)
        screen.say(console, f"wrote {args.out / 'differences.md'}")
    return BROKEN if broken else 0
