"""`parity record`: check a pair, and keep what Keras gives for checks where no Keras is."""

import argparse
import math
from pathlib import Path

from parity.checking import given, provenance
from parity.checking import record as recording
from parity.checking.options import STEPS, Options
from parity.checking.show import console as screen
from parity.checking.show.stages import stages
from parity.cli import options, trained
from parity.cli.session import both_sides, console
from parity.cli.trained import Trained
from parity.errors import ParityError
from parity.gates import GATES
from parity.records import files, reference
from parity.records.comparison import LOW_PRECISIONS
from parity.records.pair import Pair

MEGABYTE = 1e6


def arguments(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "Check a pair, and where it passes write a folder that stands in for Keras in later "
        "checks: inputs, what the model and every layer give in both float types, Keras's weights "
        "as the port's state dict, and of twin files and with --training gradients, ten optimizer "
        "steps and a few in lock-step. `parity check --reference DIR --torch SOURCE` reads it, "
        "with torch alone."
    )
    own = options.own_pair(verb)
    options.training(own)
    own.add_argument(
        "--data",
        type=Path,
        metavar="FILE.npz",
        help="with --training: samples to train on, x and y, in Keras's order",
    )
    how = verb.add_argument_group("what is compared, and how")
    options.shown(how)
    how.add_argument(
        "--train", action="store_true", help="record what layers do in training mode, too"
    )
    how.add_argument(
        "--dtype",
        choices=LOW_PRECISIONS,
        help="record what Keras gives under its mixed policy of this low precision, too",
    )
    how.add_argument("--keras-weights", metavar="FILE", help="load these first")
    verb.add_argument("--to", type=Path, metavar="DIR", required=True, help="write here")
    verb.add_argument(
        "--full",
        action="store_true",
        help=f"all of it; else arrays take {recording.MOST // 2**20} MiB at most, half of them for "
        "layers: the largest layers, and what training gives where it is too much, are left out",
    )
    verb.add_argument(
        "--steps",
        type=options.positive,
        metavar="N",
        help="in lock-step (default: 5; with --training two epochs and one, from 10 to 100)",
    )
    options.backend(verb)
    options.seed(verb)


def run(args: argparse.Namespace) -> int:
    pair = options.pair_of(args)
    if args.to.is_file():
        raise ParityError(f"--to {args.to}: is a file; name a folder")
    asked = Options(
        GATES,
        steps=args.steps or STEPS,
        seed=args.seed,
        **options.of_shown(args),
        keras_weights=given.file(args.keras_weights or ""),
        budget=math.inf,
    ).in_low_precision(args.dtype)
    how = trained.given(args, pair)
    with files.prepared(args.to):
        return _recorded(args, pair, how, asked)


def _recorded(args: argparse.Namespace, pair: Pair, how: Trained, asked: Options) -> int:
    with (
        both_sides(args.keras_backend, "cpu") as sides,
        stages(console, pair.name) as watch,
    ):
        report, found = recording.record(
            how.pair(pair, sides, args.steps),
            sides,
            asked.in_training() if args.train or args.training else asked,
            math.inf if args.full else recording.MOST,
            provenance=provenance.describe(sides, {"keras": args.keras, "torch": args.torch}),
            progress=watch,
        )
    console.print(screen.report(report))
    if report.verdict != "pass" or found is None:
        screen.say(console, "nothing was recorded: a reference is what a port was proven against")
        return screen.exit_status([report.verdict])
    size = reference.write(found, args.to)
    screen.say(console, f"wrote {args.to} ({size / MEGABYTE:.1f} MB)")
    for name, left in found.about.left_out.items():
        screen.say(console, f"  left out of {name}: {left / MEGABYTE:.1f} MB; --full keeps it")
    return 0
