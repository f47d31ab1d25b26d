"""`parity lockstep PAIR...`: train both sides in step and follow how far they drift apart."""

import argparse
from pathlib import Path

from rich.text import Text

from parity.checking import provenance
from parity.checking.show import console as screen
from parity.cli import options, trained
from parity.cli.options import EPILOG, LATEST
from parity.cli.session import both_sides, console
from parity.errors import ParityError
from parity.mapping.plan import DTYPES
from parity.records import files
from parity.results import lockstep
from parity.results.show import drift
from parity.results.show import lockstep as folder


def arguments(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "Train the Keras model and its port on the same batches with the same dropout "
        "masks and noise, and a twin of the Keras model one ULP away. The port may drift 10 times "
        "as far as the twin; beyond that the command names the step, the layer and the element "
        "that went first. Writes tables and pictures."
    )
    verb.epilog = EPILOG
    options.pairs(verb)
    options.training(options.own_pair(verb))
    length = verb.add_mutually_exclusive_group()
    length.add_argument("--steps", type=options.positive, metavar="N", help="training steps")
    length.add_argument(
        "--epochs", type=options.positive, default=1, metavar="N", help="whole epochs (default: 1)"
    )
    verb.add_argument("--dtype", choices=["both", "float32", "float64"], default="float64")
    verb.add_argument("--cost", action="store_true", help="also time both plain training loops")
    verb.add_argument(
        "--naive",
        type=options.positive,
        nargs="?",
        const=100,
        default=0,
        metavar="N",
        help="also train N steps (100) with each of PyTorch's own conventions in place of Keras's",
    )
    verb.add_argument("--json", type=Path, metavar="FILE", help="write a list of records")
    options.out(verb, LATEST / "lockstep")
    options.data(verb)
    options.backend(verb)
    options.seed(verb)


def run(args: argparse.Namespace) -> int:
    pairs, how = trained.whole(args)
    if how.training and args.naive:
        raise ParityError("--naive is for files that have the twin headings")
    dtypes = DTYPES if args.dtype == "both" else (args.dtype,)
    overrides = options.mapped(args)
    if args.json:
        files.require_writable(args.json)
    records = []
    with files.held(args.out), both_sides(args.keras_backend, args.device) as sides:
        with console.status("loading the data"):
            chosen, data = trained.loaded(pairs, how, args, sides)
        screen.say(console, f"data: {data.summary()}")
        for pair in chosen:
            for dtype in dtypes:
                settings = lockstep.Settings(
                    dtype, args.steps, args.epochs, args.seed, args.cost, args.naive, overrides
                )
                found = provenance.describe(sides, {"seed": args.seed, "dtype": dtype})
                title = f"{pair.name} {dtype}"
                with console.status(Text(title)) as status:

                    def watch(what: str, step: int, title: str = title) -> None:
                        status.update(Text(f"{title}: {what}, {step:,} steps"))

                    record = lockstep.follow(pair, sides, data, settings, found, watch)
                console.print(drift.table(record))
                folder.add(args.out, record)
                records.append(record)
    if args.json:
        files.write_json(args.json, [folder.as_json(record) for record in records])
        screen.say(console, f"wrote {args.json}")
    screen.say(console, f"wrote {args.out / 'README.md'}, with a picture of each run beside it")
    return screen.exit_status([record.verdict for record in records])
