"""`parity transfer PAIR`: show the weight ledger, and move weights between the frameworks."""

import argparse

from parity.checking import models
from parity.checking.options import Options
from parity.checking.probe import digits_probe
from parity.checking.show import console as screen
from parity.cli.session import both_sides, console
from parity.errors import ParityError
from parity.mapping import weight_files
from parity.pairs import select


def run(args: argparse.Namespace) -> int:
    (pair,) = select([args.pair])
    if args.source and not args.to:
        raise ParityError("--from needs --to, the file to write")
    if args.to:
        weight_files.require_direction(args.source, args.to)
    with both_sides(args.keras_backend, "cpu") as sides:
        plan = models.draw_up(pair, sides, Options(seed=args.seed), digits_probe())
        console.print(screen.ledger(plan.ledger))
        if args.to:
            weight_files.move(plan, sides, args.source, args.to)
            screen.say(console, f"wrote {args.to}")
    return 0
