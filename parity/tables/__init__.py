"""Results -> tables (pandas): all figures for machines, and a text for people."""

from collections.abc import Sequence

from parity.results import Result
from parity.tables.checks import checks
from parity.tables.comparison import comparison, history
from parity.tables.equivalence import equivalence
from parity.tables.text import Table, latex, markdown
from parity.tables.timing import timing

__all__ = [
    "NAMES",
    "Table",
    "all_tables",
    "checks",
    "comparison",
    "equivalence",
    "history",
    "latex",
    "markdown",
    "timing",
]


NAMES = ("comparison", "timing", "equivalence", "checks")


def all_tables(results: Sequence[Result]) -> list[Table]:
    """What a results folder has tables of; a table without a row is left out."""
    makers = (comparison, timing, equivalence, checks)
    tables = [make(results) for make in makers]
    return [table for table in tables if len(table.figures)]
