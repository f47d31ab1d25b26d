"""`parity show PAIR`: the twin files side by side."""

import argparse

from rich.console import Console

from parity.pairs import select
from parity.report import twins


def run(args: argparse.Namespace) -> int:
    (pair,) = select([args.pair], args.port)
    Console().print(twins.show(pair))
    return 0
