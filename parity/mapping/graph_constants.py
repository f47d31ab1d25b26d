"""What a Keras graph holds as a constant, and the port as a parameter.

`keras.layers.Embedding(n, d)(keras.ops.arange(n))` is computed while a functional model is built:
the model has the rows as numbers in its graph, and no layer that would own them. A port has a table
of positions, which is the same function where it holds the same numbers.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from parity.mapping.layout_moves import COPY
from parity.mapping.rules import moves
from parity.mapping.single_moves import size
from parity.records.comparison import Array, Ledger, LedgerLine, Trace, Variable
from parity.records.parts import Part

TABLE = 2  # axes
BY = "a constant of Keras's graph, which no training of Keras's moves"


def placed(ledger: Ledger, keras: Trace, torch: Trace) -> Ledger:
    """The ledger with constants in the parameters that the port uses and that nothing is for, in
    the order in which both are used: where there are as many of a shape on both sides, and no
    weight of Keras's is left that may be meant."""
    if not keras.constants or not ledger.torch_left:
        return ledger
    meant = {size(v) for v in ledger.keras_left}
    theirs = [v for v in _used(ledger, torch) if size(v) not in meant]
    lines = []
    for shape in dict.fromkeys(_long(v) for v in theirs):
        ours = [v for v in keras.constants if _long(v) == shape]
        others = [v for v in theirs if _long(v) == shape]
        if shape and len(ours) == len(others):
            lines += [_line(one, other) for one, other in zip(ours, others, strict=True)]
    used = {name for line in lines for name in (line.keras.name, line.torch.name)}
    ours = [v for v in keras.constants if v.name not in used and len(_long(v)) == TABLE]
    free = [v for v in theirs if v.name not in used and len(_long(v)) == TABLE]
    lines += _in_longer(ours, free)
    done = {line.torch.name for line in lines}
    return replace(
        ledger,
        lines=(*ledger.lines, *lines),
        torch_left=tuple(v for v in ledger.torch_left if v.name not in done),
    )


def _in_longer(ours: Sequence[Variable], theirs: Sequence[Variable]) -> list[LedgerLine]:
    """The first rows of each of the port's tables that are longer than a constant, where there are
    as many of both."""
    lines: list[LedgerLine] = []
    for columns in dict.fromkeys(_long(v)[-1] for v in ours):
        alike = [v for v in ours if _long(v)[-1] == columns]
        rows = max(_long(v)[0] for v in alike)
        longer = [v for v in theirs if _long(v)[-1] == columns and _long(v)[0] > rows]
        if len(alike) == len(longer):
            lines += [_first_rows(one, other) for one, other in zip(alike, longer, strict=True)]
    return lines


def _first_rows(one: Variable, other: Variable) -> LedgerLine:
    axis = next(place for place, size in enumerate(other.shape) if size != 1)
    rows = _long(one)[0]
    shape = (*other.shape[:axis], rows, *other.shape[axis + 1 :])
    line = _line(one, replace(other, shape=shape))
    return replace(line, torch=other, torch_part=Part(axis, 0, rows))


def names(ledger: Ledger) -> Collection[str]:
    """Of what stands in such a place, on either side."""
    return {x.name for y in ledger.lines if y.keras.held is not None for x in (y.keras, y.torch)}


def held(ledger: Ledger) -> dict[str, Array]:
    """The numbers of the constants that have a place."""
    return {x.keras.name: x.keras.held for x in ledger.lines if x.keras.held is not None}


def _used(ledger: Ledger, torch: Trace) -> list[Variable]:
    """The port's parameters that are left, in the order in which its pass uses them."""
    failed = " ".join(ledger.failures)
    left = {
        v.name: v
        for v in ledger.torch_left
        if v.kind == "weight" and v.trainable and f"`{v.name}`" not in failed
    }
    order = (n for step in torch.steps for n in (*(v.name for v in step.variables), *step.given))
    return [left[name] for name in dict.fromkeys(order) if name in left]


def _long(variable: Variable) -> tuple[int, ...]:
    """The axes that have a length."""
    return tuple(n for n in variable.shape if n != 1)


def _line(one: Variable, other: Variable) -> LedgerLine:
    move = COPY if one.shape == other.shape else moves.reshaped(one.shape, other.shape)
    return LedgerLine(one, move, other, by=BY)
