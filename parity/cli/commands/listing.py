"""`parity list`: the pairs."""

import argparse

from rich.table import Table

from parity.checking.show.terminal import Terminal
from parity.pairs import select


def arguments(verb: argparse.ArgumentParser) -> None:
    """There are none."""


def run(args: argparse.Namespace) -> int:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("pair", "task", "what it is"):
        table.add_column(name)
    for pair in select([]):
        table.add_row(pair.name, pair.task, pair.about)
    Terminal().print(table)
    return 0
