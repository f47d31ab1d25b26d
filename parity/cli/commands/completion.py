"""`parity completion SHELL`: what makes a shell complete commands, options, files and pairs."""

import argparse

import shtab

from parity.cli import main
from parity.pairs import select

PAIRS = ("pair", "pairs")


def arguments(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "Print a script that makes a shell complete parity's commands, options, files and pairs. "
        "It is made once, and again after an update."
    )
    verb.epilog = (
        "  bash  parity completion bash > ~/.local/share/bash-completion/completions/parity\n"
        "  zsh   parity completion zsh > DIR/_parity, where DIR is in $fpath\n"
        "  fish  parity completion fish > ~/.config/fish/completions/parity.fish"
    )
    verb.add_argument(
        "shell",
        metavar="SHELL",
        choices=shtab.SUPPORTED_SHELLS,
        help=", ".join(shtab.SUPPORTED_SHELLS),
    )


def run(args: argparse.Namespace) -> int:
    whole = main.parser([], is_whole=True)
    for verb in _verbs(whole):
        for action in verb._actions:
            _complete(action)
    print(shtab.complete(whole, args.shell))
    return 0


def _verbs(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    """A parser, and those of all its commands."""
    found = [parser]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            found += [each for verb in action.choices.values() for each in _verbs(verb)]
    return found


def _complete(action: argparse.Action) -> None:
    """Say what an argument is completed with: a pair, a folder, a file."""
    word = action.metavar if isinstance(action.metavar, str) else ""
    if action.dest in PAIRS:
        action.choices = [pair.name for pair in select([])]
    elif word.startswith("DIR"):
        action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
    elif word.startswith(("FILE", "SOURCE")):
        action.complete = shtab.FILE  # type: ignore[attr-defined]
