"""The command line: arguments in, exit status out. Each command is a file in parity/commands/."""

import argparse
import importlib
import sys
from importlib import metadata
from pathlib import Path

from parity.errors import ParityError
from parity.gates import GATES
from parity.jobs import LANES
from parity.sides.keras_backend import BACKENDS

BAD_INPUT, INTERRUPTED = 2, 130

EPILOG = """\
exit status: 0 pass, 1 differ, 2 bad input, 3 incomplete (something was compared with nothing)

examples:
  parity compare                       check and train all pairs, write results/
  parity check cnn                     is the port the same function as the Keras model?
  parity check --keras my.nets:build --torch my.port:Net     and your own port?
  parity selftest                      does the alarm ring, and name the cause?
  parity results diff results other    two machines, versions or backends
  parity lockstep mlp --steps 100      do both learn the same, step by step?
  parity show conv_ae                  the two files side by side
  parity lesson --out site             the pairs as pages to learn from
  parity differences adam-epsilon      what differs between the frameworks, measured
  parity exercise mlp 1                a port with one mistake: find it, make its test pass
  parity transfer mlp --to mlp.safetensors
"""


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="parity",
        description="Know, not hope, that a PyTorch translation is the Keras model it came from.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    version = metadata.version("keras-torch-parity")
    top.add_argument("--version", action="version", version=f"keras-torch-parity {version}")
    verbs = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    verbs.add_parser("list", help="list the pairs").set_defaults(module="listing")

    show = verbs.add_parser("show", help="show a pair's two files side by side")
    show.add_argument("pair", metavar="PAIR")
    show.set_defaults(module="show")

    _exercise(verbs.add_parser("exercise", help="ports with one mistake, to find and to mend"))

    check = verbs.add_parser(
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
    _pairs(check)
    _own_pair(check)
    _backend(check)
    check.add_argument(
        "--dtype",
        choices=["both", "float32", "float64"],
        default="both",
        help="what the gates judge that look at values",
    )
    check.add_argument(
        "--gate",
        action="append",
        choices=GATES,
        help="run this gate alone; may be given several times (default: all, in order)",
    )
    check.add_argument(
        "--steps", type=_positive, default=5, metavar="N", help="of the lockstep gate (default: 5)"
    )
    check.add_argument("--json", type=Path, metavar="FILE", help="write a list of reports")
    _seed(check)
    check.set_defaults(module="check")

    lockstep = verbs.add_parser(
        "lockstep",
        help="train both sides in step and follow how far they drift apart",
        description="Train the Keras model and its port on the same batches with the same dropout "
        "masks and noise, and a twin of the Keras model one ULP away. The port may drift 10 times "
        "as far as the twin; beyond that the command names the step, the layer and the element "
        "that went first. Writes tables and pictures.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _pairs(lockstep)
    length = lockstep.add_mutually_exclusive_group()
    length.add_argument("--steps", type=_positive, metavar="N", help="training steps")
    length.add_argument(
        "--epochs", type=_positive, default=1, metavar="N", help="whole epochs (default: 1)"
    )
    lockstep.add_argument("--dtype", choices=["both", "float32", "float64"], default="float64")
    lockstep.add_argument("--cost", action="store_true", help="also time both plain training loops")
    lockstep.add_argument(
        "--naive",
        type=_positive,
        nargs="?",
        const=100,
        default=0,
        metavar="N",
        help="also train N steps (100) with each of PyTorch's own conventions in place of Keras's",
    )
    lockstep.add_argument("--json", type=Path, metavar="FILE", help="write a list of records")
    lockstep.add_argument("--out", type=Path, default=Path("results/lockstep"), metavar="DIR")
    _data(lockstep)
    _backend(lockstep)
    _seed(lockstep)
    lockstep.set_defaults(module="lockstep")

    transfer = verbs.add_parser(
        "transfer",
        help="show the weight ledger, move weights between the frameworks",
        description="Without --to, print the ledger: which Keras variable goes where, and how. "
        "A FILE.safetensors holds torch weights, a FILE.weights.h5 Keras weights; the name after "
        "--to decides the direction. Without --from, freshly drawn weights are moved.",
    )
    transfer.add_argument("pair", metavar="PAIR")
    transfer.add_argument("--from", dest="source", type=Path, metavar="FILE", help="read this")
    transfer.add_argument("--to", type=Path, metavar="FILE", help="write this")
    _backend(transfer)
    _seed(transfer)
    transfer.set_defaults(module="transfer")

    compare = verbs.add_parser(
        "compare",
        help="check, time and train both sides, write tables and pictures",
        description="The main job. Check each pair; time both sides, one after the other on a "
        "quiet machine; train both from the same weights on the same batches, and with --seeds "
        "from weights of their own; test whether they end alike; write results/ with tables, "
        "pictures and an index page. Every finished epoch is kept, and --resume goes on from "
        "there.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _pairs(compare)
    length = compare.add_mutually_exclusive_group()
    length.add_argument(
        "--epochs", type=_positive, metavar="N", help="default: a tenth of the course's epochs"
    )
    length.add_argument("--full", action="store_true", help="all of the course's epochs")
    compare.add_argument(
        "--seeds",
        type=_positive,
        default=1,
        metavar="N",
        help="runs of each side, paired (same weights and batches) and, from 2 up, independent too",
    )
    compare.add_argument(
        "--recipe",
        default="course",
        metavar="NAME",
        help="course, or as_reported: inputs and figures as the report has them (default: course)",
    )
    compare.add_argument(
        "--lanes",
        nargs="+",
        choices=LANES,
        default=["matched"],
        metavar="LANE",
        help="what to time: idiomatic, matched, tuned (default: matched)",
    )
    compare.add_argument(
        "--rounds",
        type=_natural,
        default=2,
        metavar="N",
        help="how often each side is timed, in turn, for a quarter of an epoch; 0 for no timing "
        "(default: 2)",
    )
    compare.add_argument(
        "--resume", action="store_true", help="go on with the unfinished runs in --out"
    )
    compare.add_argument(
        "--workers",
        type=_positive,
        metavar="N",
        help="runs at once on this machine (default: as many as it serves well)",
    )
    compare.add_argument(
        "--executor",
        default="local",
        metavar="WHERE",
        help="local, or dask://HOST:PORT to send the runs to a Dask cluster",
    )
    _data(compare)
    compare.add_argument("--out", type=Path, default=Path("results"), metavar="DIR")
    _backend(compare)
    _seed(compare)
    compare.set_defaults(module="compare")

    _differences(verbs.add_parser("differences", help="the catalogue, each entry measured anew"))
    _lesson(verbs.add_parser("lesson", help="write a small site that teaches the pairs"))
    _selftest(verbs.add_parser("selftest", help="plant mistakes and see which causes are named"))
    _results(verbs.add_parser("results", help="show a results folder, or what differs between two"))
    return top


def _differences(verb: argparse.ArgumentParser) -> None:
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
    verb.set_defaults(module="differences")


def _exercise(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "Each exercise is a registered port with one mistake. Predict which gate rings, and at "
        "which layer; then mend the port until its test passes. Without N, list the exercises."
    )
    verb.add_argument("pair", nargs="?", metavar="PAIR")
    verb.add_argument("number", nargs="?", type=_positive, metavar="N")
    told = verb.add_mutually_exclusive_group()
    told.add_argument("--hint", action="store_true", help="a question that leads on")
    told.add_argument("--solution", action="store_true", help="the mistake, what rings, and why")
    verb.add_argument(
        "--out",
        type=Path,
        default=Path("exercises"),
        metavar="DIR",
        help="write the folder PAIR_N here (default: exercises)",
    )
    verb.add_argument("--force", action="store_true", help="overwrite what was edited there")
    verb.set_defaults(module="exercise")


def _lesson(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "Check pairs and write a static site: a page a pair with the two files side by side, layer "
        "by layer, what was measured, and exercises; the laboratory of differences; and what the "
        "course report did. It needs no server and no network: open index.html."
    )
    verb.epilog = (
        "exit status: as of `parity check`; a pair that differs gets its page all the same"
    )
    _pairs(verb)
    verb.add_argument(
        "--out", type=Path, default=Path("site"), metavar="DIR", help="replaced as a whole (site)"
    )
    verb.add_argument(
        "--results",
        type=Path,
        default=Path("results"),
        metavar="DIR",
        help="where trainings, timings and lock-step runs are read from (results)",
    )
    _backend(verb)
    _seed(verb)
    verb.set_defaults(module="lesson")


def _selftest(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "Test the alarm: check pairs whose mistakes are known. The bank has a small model for each "
        "difference between the frameworks; random faithful twins must pass; random models with "
        "one to three planted mistakes must not, and the causes must be named. Prints the "
        "detection matrix."
    )
    verb.epilog = "exit status: 0 nothing missed and no false alarm, 1 otherwise, 2 bad input"
    verb.add_argument("--twins", type=_natural, default=50, metavar="N", help="faithful (50)")
    verb.add_argument("--mistakes", type=_natural, default=50, metavar="N", help="planted (50)")
    verb.add_argument("--out", type=Path, metavar="FILE.md", help="write the page")
    _backend(verb)
    _seed(verb)
    verb.set_defaults(module="selftest")


def _results(verb: argparse.ArgumentParser) -> None:
    verb.set_defaults(module="results")
    actions = verb.add_subparsers(dest="action", required=True, metavar="show|diff")
    show = actions.add_parser("show", help="figures, verdicts, timing, and how it was run")
    show.add_argument("folder", type=Path, metavar="DIR", help="what `parity compare --out` wrote")
    diff = actions.add_parser(
        "diff",
        help="compare two results folders: machines, versions, backends, settings, a rerun",
        description="Say what was different in how two results folders came about; which runs of "
        "both have bitwise equal histories, and where the others part; whether both end alike, "
        "by the margins of A; and how fast each was.",
        epilog="exit status: 0 all runs in both are bitwise equal, or judged equivalent; "
        "1 different; 2 bad input; 3 undecided, or nothing to compare",
    )
    diff.add_argument("a", type=Path, metavar="A")
    diff.add_argument("b", type=Path, metavar="B")
    diff.add_argument("--json", type=Path, metavar="FILE", help="write all that was found")


def _own_pair(verb: argparse.ArgumentParser) -> None:
    own = verb.add_argument_group("a pair of your own")
    own.add_argument(
        "--keras", metavar="SOURCE", help="module:callable, found from here, or a file model.keras"
    )
    own.add_argument("--torch", metavar="SOURCE", help="module:callable that gives a torch module")
    own.add_argument(
        "--input-shape", type=_shape, metavar="28,28,1", help="of one sample, in Keras's order"
    )
    own.add_argument(
        "--inputs", type=Path, metavar="FILE.npz", help="arrays in Keras's order (default: random)"
    )
    own.add_argument(
        "--train", action="store_true", help="compare what layers do in training mode, too"
    )
    own.add_argument("--map", type=Path, metavar="FILE.toml", help="what answers what, by hand")
    own.add_argument(
        "--rules", metavar="MODULE", help="a module that registers rules for layers of your own"
    )
    own.add_argument("--keras-weights", metavar="FILE", help="load these first")
    own.add_argument(
        "--torch-weights",
        metavar="FILE",
        help="load this state dict (.safetensors, .pt) first, and compare the port as it is",
    )
    own.add_argument(
        "--loaded",
        action="store_true",
        help="compare the port with the weights it has, rather than with Keras's lent to it",
    )


def _shape(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if not all(part.strip().isdecimal() and int(part) > 0 for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is no shape; write it like 28,28,1")
    return tuple(int(part) for part in parts)


def _pairs(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("pairs", nargs="*", metavar="PAIR", help="default: all (see parity list)")


def _data(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    verb.add_argument(
        "--data",
        choices=["auto", "mnist", "digits"],
        default="auto",
        help="auto: MNIST, and the embedded digits where it cannot be had",
    )
    verb.add_argument(
        "--data-dir",
        metavar="DIR",
        help="where MNIST lies or is downloaded to (default: $PARITY_DATA, else a user cache)",
    )


def _backend(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--keras-backend", choices=BACKENDS, default="tensorflow")


def _seed(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--seed", type=_natural, default=0, metavar="N")


def _positive(text: str) -> int:
    return _at_least(1, text)


def _natural(text: str) -> int:
    return _at_least(0, text)


def _at_least(least: int, text: str) -> int:
    if not text.isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} up")
    return int(text)


def main(argv: list[str] | None = None) -> int:
    """Run a command; returns its exit status."""
    args = parser().parse_args(argv)
    try:
        # A command's imports (pandas, matplotlib) wait until it is called.
        status: int = importlib.import_module(f"parity.commands.{args.module}").run(args)
    except ParityError as error:
        print(f"parity: error: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("parity: interrupted", file=sys.stderr)
        return INTERRUPTED
    return status


if __name__ == "__main__":
    sys.exit(main())
