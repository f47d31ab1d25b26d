"""`parity compare [PAIR...]`: check, train both sides alike, write the results folder."""

import argparse
from pathlib import Path

from parity import compare as comparing
from parity import provenance
from parity.commands.session import both_sides, console
from parity.data import dataset
from parity.pairs import select
from parity.records import Verdict
from parity.report import console as screen
from parity.report import folder
from parity.report.progress import Comparison


def run(args: argparse.Namespace) -> int:
    chosen = select(args.pairs)
    folder.prepare(args.out)
    settings = comparing.Settings(args.epochs, args.full, args.seed, args.plain)
    verdicts: dict[str, Verdict] = {}
    try:
        with both_sides(args.keras_backend, args.device) as sides:
            with console.status("loading the data"):
                data = dataset.load(sides.torch, args.data, args.data_dir)
            screen.say(console, f"data: {data.summary()}")
            found = provenance.describe(
                sides,
                {"seed": args.seed, "epochs": settings.length(), "training": settings.conventions},
            )
            with Comparison(console, [pair.name for pair in chosen]) as watcher:
                for pair in chosen:
                    record = comparing.compare(pair, sides, data, settings, found, watcher)
                    folder.add(args.out, record)
                    verdicts[pair.name] = record["check"]["verdict"]
    except KeyboardInterrupt:
        _say_how_to_go_on(args.out, [pair.name for pair in chosen], list(verdicts))
        raise
    console.print(folder.table(args.out))
    screen.say(console, f"wrote {args.out / 'README.md'}, with tables and pictures beside it")
    return screen.exit_status(list(verdicts.values()))


def _say_how_to_go_on(out: Path, chosen: list[str], finished: list[str]) -> None:
    left = [name for name in chosen if name not in finished]
    kept = f"{', '.join(finished)} kept in {out}" if finished else "no pair was finished"
    screen.say(console, f"stopped; {kept}")
    again = f"parity compare {' '.join(left)} --out {out}"
    screen.say(console, f"to go on, with the same other options: {again}")
