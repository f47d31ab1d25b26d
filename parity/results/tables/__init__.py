"""Results -> tables (pandas): all figures for machines, and a text for people."""

from collections.abc import Sequence

from parity.results.read import Result
from parity.results.tables.checks import checks
from parity.results.tables.comparison import comparison, history
from parity.results.tables.equivalence import equivalence
from parity.results.tables.latex import latex
from parity.results.tables.metrics import metrics
from parity.results.tables.text import Table, markdown
from parity.results.tables.timing import disturbed, timing

__all__ = [
    "NAMES",
    "Table",
    "all_tables",
    "checks",
    "comparison",
    "disturbed",
    "equivalence",
    "history",
    "latex",
    "markdown",
    "metrics",
    "timing",
]


NAMES = ("comparison", "metrics", "timing", "equivalence", "checks")


def all_tables(results: Sequence[Result]) -> list[Table]:
    """What a results folder has tables of; a table without a row is left out."""
    makers = (comparison, metrics, timing, equivalence, checks)
    tables = [make(results) for make in makers]
    return [table for table in tables if len(table.figures)]
