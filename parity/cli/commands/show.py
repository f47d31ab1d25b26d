"""`parity show PAIR`: the twin files side by side."""

import argparse

from parity.checking.show.terminal import Terminal
from parity.cli import options
from parity.course import side_by_side
from parity.pairs import select


def arguments(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("pair", metavar="PAIR")
    options.port(verb)


def run(args: argparse.Namespace) -> int:
    (pair,) = select([args.pair], args.port)
    Terminal().print(side_by_side.show(pair))
    return 0
