"""The command line: arguments in, exit status out. Each command is a file in cli/commands/."""

import argparse
import importlib
import sys

from parity import __version__
from parity.cli.arguments import checking, teaching, training
from parity.cli.options import EPILOG
from parity.errors import ParityError

BAD_INPUT, INTERRUPTED = 2, 130


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="parity",
        description="Know, not hope, that a PyTorch translation is the Keras model it came from.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"keras-torch-parity {__version__}")
    verbs = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    verbs.add_parser("list", help="list the pairs").set_defaults(module="listing")
    for add in (
        checking.check,
        checking.lockstep,
        checking.transfer,
        checking.selftest,
        training.compare,
        training.results,
        training.reported,
        teaching.show,
        teaching.lesson,
        teaching.differences,
        teaching.exercise,
    ):
        add(verbs)
    return top


def main(argv: list[str] | None = None) -> int:
    """Run a command; returns its exit status."""
    args = parser().parse_args(argv)
    try:
        # A command's imports (pandas, matplotlib) wait until it is called.
        status: int = importlib.import_module(f"parity.cli.commands.{args.module}").run(args)
    except ParityError as error:
        print(f"parity: error: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("parity: interrupted", file=sys.stderr)
        return INTERRUPTED
    return status


if __name__ == "__main__":
    sys.exit(main())
