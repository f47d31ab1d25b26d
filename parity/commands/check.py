"""`parity check [PAIR...]`: verify ports layer by layer."""

import argparse

from parity import check as checking
from parity import files, provenance
from parity.commands.session import PROBE, both_sides, console, digits_probe
from parity.gates import GATES
from parity.pairs import select
from parity.plan import DTYPES
from parity.report import console as screen


def run(args: argparse.Namespace) -> int:
    chosen = select(args.pairs)
    dtypes = DTYPES if args.dtype == "both" else (args.dtype,)
    wanted = tuple(args.gate) if args.gate else GATES
    choice = checking.Choice(wanted, dtypes, args.steps, args.seed)
    reports = []
    with both_sides(args.keras_backend, "cpu") as sides:
        settings = {
            "seed": args.seed,
            "dtypes": list(dtypes),
            "gates": list(wanted),
            "steps": args.steps,
            "probe": PROBE,
        }
        found = provenance.describe(sides, settings)
        shown = digits_probe()
        for pair in chosen:
            with console.status(f"checking {pair.name}"):
                report = checking.check(pair, sides, shown, found, choice)
            console.print(screen.report(report))
            reports.append(report)
    console.print(screen.summary(reports))
    if args.json:
        files.write_json(args.json, [checking.as_json(report) for report in reports])
        screen.say(console, f"wrote {args.json}")
    return screen.exit_status([report.verdict for report in reports])
