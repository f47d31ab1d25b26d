"""Commands that verify: check, lockstep, transfer, selftest."""

import argparse
from pathlib import Path

from parity.cli import options
from parity.cli.arguments.own_pair import own_pair
from parity.cli.options import EPILOG, LATEST, Verbs
from parity.gates import GATES


def check(verbs: Verbs) -> None:
    verb = verbs.add_parser(
        "check",
        help="verify ports: the registered ones, or your own; and say why they differ",
        description="Move the Keras model's weights to its port and compare the two layer by "
        "layer, in float64 and float32; registered pairs also in their losses, gradients and "
        "optimizers, and a few training steps. A difference is judged against the rounding noise "
        "measured on the same values. Where a layer differs, causes are tried by changing one "
        "thing at a time, and the one that removes the difference is named with its remedy.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.pairs(verb)
    options.port(verb)
    options.results(verb, "with --port as_reported: where measured figures are read from")
    own_pair(verb)
    options.backend(verb)
    verb.add_argument(
        "--dtype",
        choices=["both", "float32", "float64"],
        default="both",
        help="what the gates judge that look at values",
    )
    verb.add_argument(
        "--gate",
        action="append",
        choices=GATES,
        help="run this gate alone; may be given several times (default: all, in order)",
    )
    verb.add_argument(
        "--steps",
        type=options.positive,
        default=5,
        metavar="N",
        help="of the lockstep gate (default: 5)",
    )
    verb.add_argument("--json", type=Path, metavar="FILE", help="write a list of reports")
    options.seed(verb)
    verb.set_defaults(module="check")


def lockstep(verbs: Verbs) -> None:
    verb = verbs.add_parser(
        "lockstep",
        help="train both sides in step and follow how far they drift apart",
        description="Train the Keras model and its port on the same batches with the same dropout "
        "masks and noise, and a twin of the Keras model one ULP away. The port may drift 10 times "
        "as far as the twin; beyond that the command names the step, the layer and the element "
        "that went first. Writes tables and pictures.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.pairs(verb)
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
    verb.set_defaults(module="lockstep")


def transfer(verbs: Verbs) -> None:
    verb = verbs.add_parser(
        "transfer",
        help="show the weight ledger, move weights between the frameworks",
        description="Without --to, print the ledger: which Keras variable goes where, and how. "
        "A FILE.safetensors holds torch weights, a FILE.weights.h5 Keras weights; the name after "
        "--to decides the direction. Without --from, freshly drawn weights are moved.",
    )
    verb.add_argument("pair", metavar="PAIR")
    verb.add_argument("--from", dest="source", type=Path, metavar="FILE", help="read this")
    verb.add_argument("--to", type=Path, metavar="FILE", help="write this")
    options.backend(verb)
    options.seed(verb)
    verb.set_defaults(module="transfer")


def selftest(verbs: Verbs) -> None:
    verb = verbs.add_parser("selftest", help="plant mistakes and see which causes are named")
    verb.description = (
        "Test the alarm: check pairs whose mistakes are known. The bank has a small model for each "
        "difference between the frameworks; random faithful twins must pass; random models with "
        "one to three planted mistakes must not, and the causes must be named. Prints the "
        "detection matrix."
    )
    verb.epilog = "exit status: 0 nothing missed and no false alarm, 1 otherwise, 2 bad input"
    verb.add_argument(
        "--twins", type=options.natural, default=50, metavar="N", help="faithful (50)"
    )
    verb.add_argument(
        "--mistakes", type=options.natural, default=50, metavar="N", help="planted (50)"
    )
    verb.add_argument("--out", type=Path, metavar="FILE.md", help="write the page")
    options.backend(verb)
    options.seed(verb)
    verb.set_defaults(module="selftest")
