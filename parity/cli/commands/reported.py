"""`parity reported [PAIR...]`: train the report's own ports as it did; what does each quirk cost?

A command of its own: `compare` trains both sides of pairs that pass their check, and these are
trained alone, whether they are Keras's function or not.
"""

import argparse

from parity.checking import provenance
from parity.checking.show import console as screen
from parity.cli import options
from parity.cli.options import LATEST
from parity.cli.session import both_sides, console
from parity.course.reported import folder, pages, records, reproduction
from parity.pairs import AS_REPORTED, select
from parity.records import files, reading
from parity.records.results import Provenance
from parity.results.show.progress import Progress
from parity.train.data import dataset


def arguments(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "Train the course report's own PyTorch ports as it did, with torch's initialisation, "
        "torch's Adam and its data, and read every epoch both as the report defines its figures "
        "and as the comparison does. Writes records, pictures and a page that says what each "
        "quirk costs; `parity check --port as_reported` says which ports are Keras's function."
    )
    options.pairs(verb)
    length = verb.add_mutually_exclusive_group()
    length.add_argument(
        "--epochs", type=options.positive, metavar="N", help="default: the report's"
    )
    length.add_argument("--full", action="store_true", help="all of the report's (the default)")
    options.out(verb, LATEST / "as_reported")
    options.results(verb, "the comparison that figures are set beside")
    options.data(verb)
    options.seed(verb)
    verb.add_argument(
        "--seeds",
        type=options.positive,
        default=1,
        metavar="N",
        help="train each port so many times, of --seed and the seeds that follow it (default: 1)",
    )


def run(args: argparse.Namespace) -> int:
    chosen = select(args.pairs, AS_REPORTED)
    settings = reproduction.Settings(args.epochs, args.seed, args.seeds)
    pages.read(args.out, args.results)  # what cannot be read is told before the training
    with (
        files.held(args.out),
        both_sides("tensorflow", args.device) as sides,
        Progress(console) as watcher,
    ):
        data = dataset.load(sides.torch, args.data, args.data_dir)
        watcher.say(f"data: {data.summary()}")
        described = provenance.describe(sides, settings.describe())
        found = reading.record(Provenance, described, "the provenance")
        sides.keras.close()  # the ports train alone
        for pair in chosen:
            record = reproduction.train(pair, sides.torch, data, settings, found, watcher)
            records.write(args.out, record)
        folder.make(args.out, args.results)
    screen.say(console, f"wrote {args.out / 'README.md'}, with pictures beside it")
    screen.say(console, f"the comparison beside them is that of {args.results}")
    return 0
