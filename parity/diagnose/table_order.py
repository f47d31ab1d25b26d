"""A table of the port's own, as of positions, whose columns or rows stand otherwise than those of
Keras's."""

from collections.abc import Iterator
from itertools import chain

from parity.diagnose import constants
from parity.diagnose.constants import Table
from parity.diagnose.hypothesis import Case, Hypothesis

COLUMNS, ROWS = "feature-order", "rows-shifted"
MOST = 8  # ways to read columns as two axes


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    for table in constants.of(case.torch, case.input_shape):
        # Of one made on the way only what it comes to is known, not which of its axes it has.
        if table.what == "weight" and len(table.shape) > 1:
            yield from _in_turn(table)
            yield from _exchanged(table)
            yield from _rows(table)


def _in_turn(table: Table) -> Iterator[Hypothesis]:
    axis, size = len(table.shape) - 1, table.shape[-1]
    forms = [(n, size // n) for n in range(2, size) if size % n == 0 and size // n > 1]
    for form in forms[:MOST]:
        turned = f".transpose({axis}, {axis + 1}).flatten({axis}, {axis + 1})"
        yield Hypothesis(
            COLUMNS,
            f"the columns of {table.name} stand {form[1]} by {form[1]}, those of Keras's table in "
            "turn",
            f"{table.line} = {table.line}.unflatten({axis}, {form}){turned}",
            (table.through("reorder", {"shape": form, "dims": (1, 0), "axis": axis}),),
        )


def _exchanged(table: Table) -> Iterator[Hypothesis]:
    """Columns of two kinds, as sines and cosines, of which the other comes first: side by side, or
    in halves; and in the one way for the other."""
    half, odd = divmod(table.shape[-1], 2)
    if odd or half < 2:
        return
    first, second = list(range(half)), list(range(half, 2 * half))
    pairs = [place for pair in range(half) for place in (2 * pair + 1, 2 * pair)]
    joined = list(chain(*zip(second, first, strict=True)))
    for order in (pairs, second + first, joined, pairs[::2] + pairs[1::2]):
        yield Hypothesis(
            COLUMNS,
            f"the columns of {table.name} stand in another order than those of Keras's table",
            f"{table.line} = {table.line}[..., {order}]",
            (table.through("taken", {"index": (Ellipsis, order)}),),
        )


def _rows(table: Table) -> Iterator[Hypothesis]:
    axis = len(table.shape) - 2
    yield Hypothesis(
        "table",
        f"the rows of {table.name} stand in the other direction than Keras's",
        f"{table.line} = {table.line}.flip({axis})",
        (table.through("flip", {"dims": (axis,)}),),
    )
    for by, when in ((-1, "earlier"), (1, "later")):
        yield Hypothesis(
            ROWS,
            f"the rows of {table.name} begin 1 {when} than Keras's",
            f"{table.line} = {table.line}.roll({by}, {axis})",
            (table.through("roll", {"by": by, "dim": axis}),),
        )
