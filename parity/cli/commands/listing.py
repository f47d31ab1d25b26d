"""`parity list`: the pairs."""

import argparse

from parity.checking.show.rows import Column, Rows
from parity.checking.show.terminal import Terminal
from parity.pairs import select

COLUMNS = (Column("pair"), Column("task", leave_out=1), Column("what it is", is_prose=True))


def arguments(verb: argparse.ArgumentParser) -> None:
    """There are none."""


def run(args: argparse.Namespace) -> int:
    rows = [[pair.name, pair.trained.task or "", pair.about] for pair in select([])]
    Terminal().print(Rows(COLUMNS, rows))
    return 0
