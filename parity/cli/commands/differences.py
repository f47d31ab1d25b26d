"""`parity differences`: the catalogue of differences, each one measured anew."""

import argparse

from parity.checking import provenance
from parity.checking.show import console as screen
from parity.checking.show.counting import counting
from parity.cli.session import console
from parity.course.laboratory import bench, catalogue
from parity.course.laboratory import page as shown
from parity.course.laboratory.experiment import BACKENDS, title
from parity.errors import ParityError
from parity.records import files

BROKEN = 1


def run(args: argparse.Namespace) -> int:
    chosen = catalogue.select(args.ids)
    if args.list:
        for key, entry in chosen.items():
            screen.say(console, f"{key:28}{title(entry)}")
        return 0
    if args.out and args.ids:
        raise ParityError("--out writes the page of the whole catalogue: name no entry beside it")
    backends = tuple(args.keras_backend or BACKENDS)
    with counting(console, len(chosen)) as watch:
        wanted = bench.about(chosen.values(), backends)
        found = bench.run(wanted, lambda result: watch(result.id))
    results = {result.id: result for result in found}
    for key in chosen.keys() - results.keys():
        about = ", ".join(chosen[key].backends)
        screen.say(console, f"{key} is about Keras on {about} alone: not run")
    if args.ids:
        for key, result in results.items():
            console.print(shown.full(chosen[key], result))
    else:
        console.print(shown.table(results, chosen))
    broken = [key for key, result in results.items() if not result.holds]
    screen.say(console, f"{len(results) - len(broken)} of {len(results)} claims hold")
    if args.out:
        described = provenance.versions(backends)
        record = {"versions": described, "differences": [bench.as_record(x) for x in found]}
        page = shown.page(results, chosen, {"versions": described})
        files.write_json(args.out / "differences.json", record)
        files.write_text(args.out / "differences.md", page)
        screen.say(console, f"wrote {args.out / 'differences.md'}")
    return BROKEN if broken else 0
