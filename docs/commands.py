"""The parser of each command, by its name, for the page of commands."""

import argparse
import importlib

from parity.cli.main import FILES


def __getattr__(name: str) -> argparse.ArgumentParser:
    if name.startswith("_"):
        raise AttributeError(name)
    command = importlib.import_module(f"parity.cli.commands.{FILES.get(name, name)}")
    parser = argparse.ArgumentParser(prog=f"parity {name}", add_help=False)
    command.arguments(parser)
    return parser
