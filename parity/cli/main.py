"""The command line: arguments in, exit status out. Each command is a file in cli/commands/."""

import argparse
import importlib
import sys
from typing import Any

from parity.cli import ending
from parity.cli.help import Help, Parser
from parity.cli.options import EPILOG
from parity.errors import ParityError, meant
from parity.language import languages, speaking
from parity.records.version import __version__

# What each does. A command's file, and what it imports, waits until it is called.
COMMANDS = {
    "list": "list the pairs",
    "check": "verify ports: the registered ones, or your own; and say why they differ",
    "lockstep": "train both sides in step and follow how far they drift apart",
    "record": "keep what Keras gives, for checks where no Keras is",
    "transfer": "show the weight ledger, move weights between the frameworks",
    "selftest": "plant mistakes and see which causes are named",
    "compare": "check, time and train both sides, write tables and pictures",
    "results": "show a results folder, or what differs between two",
    "reported": "train the report's own ports as it did; what does each quirk cost?",
    "show": "show a pair's two files side by side",
    "lesson": "write a small site that teaches the pairs",
    "differences": "the catalogue, each entry measured anew",
    "exercise": "ports with one mistake, to find and to mend",
    "completion": "what makes a shell complete commands, options and pairs",
}
FILES = {"list": "listing"}  # where the file has another name


def parser(argv: list[str], is_whole: bool = False) -> argparse.ArgumentParser:
    """argv: what is to be parsed; only the command that it names knows its arguments, unless all
    are asked for."""
    top = Parser(
        prog="parity",
        description="Know, not hope, that a PyTorch translation is the Keras model it came from.",
        epilog=EPILOG,
        formatter_class=Help,
    )
    top.add_argument("--version", action="version", version=f"keras-torch-parity {__version__}")
    verbs = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, about in COMMANDS.items():
        verb = verbs.add_parser(name, help=about, formatter_class=Help)
        if is_whole or name in argv[:1]:
            _command(name).arguments(verb)
    return top


def main(argv: list[str] | None = None) -> int:
    """Run a command; returns its exit status."""
    given = sys.argv[1:] if argv is None else argv
    with speaking(_language(given)):
        return ending.run(lambda: _run(given))


def _language(given: list[str]) -> str:
    """What --lang asks for, known before all else is parsed: help and refusals are in it, too."""
    asked = argparse.ArgumentParser(add_help=False)
    asked.add_argument("--lang", nargs="?")
    name = asked.parse_known_args(given)[0].lang
    return name if name in languages() else "en"


def _run(given: list[str]) -> int:
    word = given[0] if given else ""
    if word and not word.startswith("-") and word not in COMMANDS:
        known = ", ".join(COMMANDS)
        raise ParityError(f"no command {word!r}{meant(word, COMMANDS)}; there are {known}")
    try:
        args = parser(given).parse_args(given)
    except SystemExit as told:  # --help, --version, and what argparse refuses
        return int(told.code or 0)
    status: int = _command(args.command).run(args)
    return status


def _command(name: str) -> Any:
    try:
        return importlib.import_module(f"parity.cli.commands.{FILES.get(name, name)}")
    except ModuleNotFoundError as error:
        raise ParityError(
            f"`parity {name}` needs {error.name}, which is not installed here; install "
            "keras-torch-parity, of which this may be the light half"
        ) from error


if __name__ == "__main__":
    sys.exit(main())
