"""`parity transfer PAIR`: show the weight ledger, and move weights between the frameworks."""

import argparse
from pathlib import Path

from parity.checking import models
from parity.checking.options import Options
from parity.checking.probe import digits_probe
from parity.checking.show import console as screen
from parity.checking.show.ledger import ledger
from parity.cli import options
from parity.cli.session import both_sides, console
from parity.errors import ParityError
from parity.mapping import weight_files
from parity.pairs import select


def arguments(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "Without --to, print the ledger: which Keras variable goes where, and how. "
        "A FILE.safetensors holds torch weights, a FILE.weights.h5 Keras weights; the name after "
        "--to decides the direction. Without --from, freshly drawn weights are moved."
    )
    verb.add_argument("pair", metavar="PAIR")
    verb.add_argument("--from", dest="source", type=Path, metavar="FILE", help="read this")
    verb.add_argument("--to", type=Path, metavar="FILE", help="write this")
    options.backend(verb)
    options.seed(verb)


def run(args: argparse.Namespace) -> int:
    (pair,) = select([args.pair])
    if args.source and not args.to:
        raise ParityError("--from needs --to, the file to write")
    if args.to:
        weight_files.require_direction(args.source, args.to)
    with both_sides(args.keras_backend, "cpu") as sides:
        plan = models.draw_up(pair, sides, Options(seed=args.seed), digits_probe())
        console.print(ledger(plan.ledger))
        if args.to:
            weight_files.move(plan, sides, args.source, args.to)
            screen.say(console, f"wrote {args.to}")
    return 0
