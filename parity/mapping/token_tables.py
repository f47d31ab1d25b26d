"""Tables of positions beside a token of a model's own: a port that keeps the token at the other end
of the sequence has the token's row there; and one may hold that row apart from the others."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from math import prod

import numpy as np

from parity.mapping.rules import moves
from parity.records.comparison import Ledger, LedgerLine, Move, Variable
from parity.records.parts import Part

MOST = 8  # ways


def placed(ledger: Ledger, by: str) -> Iterator[Ledger]:
    """The ledger with Keras's tables that have no place, in tensors of the port's that are left.
    by: who places them."""
    ours, theirs = (
        [v for v in side if v.kind == "weight"] for side in (ledger.keras_left, ledger.torch_left)
    )
    tokens = {v.shape[-1] for v in ours if v.shape and prod(v.shape) == v.shape[-1]}
    found = 0
    for table in ours:
        if _rows(table) < 2 or table.shape[-1] not in tokens:
            continue
        for lines in (*_turned(table, theirs), *_apart(table, theirs)):
            found += 1
            if found > MOST:
                return
            yield _with(ledger, [replace(line, by=by) for line in lines])


def _rows(variable: Variable) -> int:
    """Of a table, beside axes of length one; 0 where it is none."""
    *long, columns = variable.shape or (1,)
    rows = prod(long)
    return rows if columns > 1 and long and max(long) == rows else 0


def _turned(table: Variable, theirs: list[Variable]) -> Iterator[list[LedgerLine]]:
    """The first row behind all others, or the last one in front of them."""
    for other in theirs:
        if other.shape[-1:] == table.shape[-1:] and _rows(other) == _rows(table):
            for by in (-1, 1):
                yield [LedgerLine(table, _rolled(table.shape, other.shape, by), other)]


def _rolled(shape: tuple[int, ...], there: tuple[int, ...], by: int) -> Move:
    axis = there.index(max(there[:-1]))
    return Move(
        f"{shape} -> {there}, {'first row last' if by < 0 else 'last row first'}",
        lambda w: np.roll(w.reshape(there), by, axis),
        lambda w: np.roll(w, -by, axis).reshape(shape),
    )


def _apart(table: Variable, theirs: list[Variable]) -> Iterator[list[LedgerLine]]:
    """One row in a tensor of its own, the first one or the last."""
    rows, columns = _rows(table), table.shape[-1]
    for one, others in permutations(theirs, 2):
        is_row = prod(one.shape) == columns and len(one.shape) == len(others.shape) > 1
        if not is_row or others.shape[-1] != columns or _rows(others) != rows - 1:
            continue
        axis = others.shape.index(max(others.shape[:-1]))
        whole = (*others.shape[:axis], rows, *others.shape[axis + 1 :])
        move = moves.reshaped(table.shape, whole)
        for start, rest in ((0, (1, rows)), (rows - 1, (0, rows - 1))):
            yield [
                LedgerLine(table, move, one, keras_part=Part(axis, start, start + 1)),
                LedgerLine(table, move, others, keras_part=Part(axis, *rest)),
            ]


def _with(ledger: Ledger, lines: list[LedgerLine]) -> Ledger:
    done = {name for line in lines for name in (line.keras.name, line.torch.name)}
    return replace(
        ledger,
        lines=(*ledger.lines, *lines),
        keras_left=tuple(v for v in ledger.keras_left if v.name not in done),
        torch_left=tuple(v for v in ledger.torch_left if v.name not in done),
    )
