"""Recurrent layers that a port writes out, gate by gate.

Whatever its pass looks like, the numbers are Keras's kernel and recurrent kernel: of all gates in
one tensor or of each in its own, of the input and of the state apart or side by side, either way
round, and with the gates in any order. Each way is a guess, of which the outputs choose.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, chain, pairwise, permutations, product
from math import prod

from parity.mapping import written_biases
from parity.mapping.cell_ways import BOTH, EITHER, INPUT, STATE, Cell, Found, Held, Way, halves
from parity.mapping.layout_moves import COPY
from parity.mapping.rules import moves
from parity.mapping.rules.recurrent import GRU_ORDER
from parity.records.comparison import Ledger, LedgerLine, Move, Trace, Variable
from parity.records.parts import Part

GATES = (1, 3, 4)  # of a SimpleRNN, a GRU, an LSTM


def placed(ledger: Ledger, keras: Trace, torch: Trace, by: str) -> Iterator[Ledger]:
    """The ledger with the recurrent layers that have no place in tensors of the port's that are
    left, one way after another, the usual first. by: who places them."""
    left = {v.name for v in ledger.keras_left}
    cells = [cell for cell in _cells(keras) if cell.recurrent.name in left]
    if not cells or len({cell.gates for cell in cells}) > 1 or cells[0].gates not in GATES:
        return
    free = [v for v in ledger.torch_left if v.kind == "weight" and v.trainable]
    seen: list[set[tuple[str, str, str, Part | None]]] = []
    for tensors, way in product(_orders(torch, free), _ways(cells[0].gates)):
        found = _all(cells, tensors, way)
        told = {(x.keras.name, x.torch.name, x.move.name, x.torch_part) for x in found[0]}
        if told and told not in seen:
            seen.append(told)
            yield _with(ledger, cells, *found, by)


def _cells(keras: Trace) -> Iterator[Cell]:
    for step in keras.steps:
        roles = {v.role: v for v in step.variables if v.kind == "weight"}
        for role, recurrent in roles.items():
            cell = role.removesuffix("recurrent_kernel")
            kernel = roles.get(f"{cell}kernel")
            if cell == role or kernel is None:
                continue
            # One number a unit, as an IndRNN's, is no matrix.
            if min(len(kernel.shape), len(recurrent.shape)) > 1:
                yield Cell(kernel, recurrent, roles.get(f"{cell}bias"))


def _ways(gates: int) -> Iterator[Way]:
    own = tuple(range(gates))
    usual = [GRU_ORDER, own] if gates == len(GRU_ORDER) else [own]
    others = (order for order in permutations(own) if order not in usual)
    no_yes = (False, True)
    for order, *rest in product(chain(usual, others), no_yes, no_yes, no_yes):
        yield Way(order, *rest)


def _orders(torch: Trace, free: Sequence[Variable]) -> list[list[Variable]]:
    """These tensors as they were made; before, where it is another order, as the pass uses them, if
    it tells so of all: it does not of what is transposed first."""
    held = {v.name: v for v in free}
    made = [held[v.name] for v in torch.variables if v.name in held]
    used = dict.fromkeys(v.name for step in torch.steps for v in step.variables)
    passed = [held[name] for name in used if name in held]
    return [passed, made] if len(passed) == len(made) and passed != made else [made]


def _all(cells: Sequence[Cell], tensors: Sequence[Variable], way: Way) -> Found:
    """The lines of all cells, each in the next tensors that hold as much; none where they do not
    come out."""
    lines: list[LedgerLine] = []
    zeros: list[Variable] = []
    for cell in cells:
        used = {v.name for v in (*(line.torch for line in lines), *zeros)}
        rest = [v for v in tensors if v.name not in used]
        matrices = _matrices(cell, rest, way)
        sides = _sides(matrices, way)
        beside = written_biases.placed(cell, sides, rest, way)
        if beside is None or any(sum(x.gates for x in side) != cell.gates for side in sides):
            return [], []
        lines += [*_kernels(cell, sides, way), *beside[0]]
        zeros += beside[1]
    return lines, zeros


def _matrices(cell: Cell, rest: Sequence[Variable], way: Way) -> list[Held]:
    """The first tensors that can be matrices of a cell's, as many as hold what it has."""
    fitting = [held for v in rest if (held := _held(v, cell, way))]
    sums = accumulate(prod(held.tensor.shape) for held in fitting)
    return [held for held, size in zip(fitting, sums, strict=True) if size <= cell.size]


def _held(tensor: Variable, cell: Cell, way: Way) -> Held | None:
    rank = len(tensor.shape)
    if rank != len(cell.kernel.shape) or (way.is_copied and rank > 2):
        return None
    out, into, *sizes = tensor.shape[::-1] if way.is_copied else tensor.shape
    gates, remainder = divmod(out, cell.units)
    if remainder or not 0 < gates <= cell.gates or (*sizes,) != cell.kernel.shape[:-2]:
        return None
    of = {cell.inputs: INPUT, cell.units: STATE, cell.inputs + cell.units: BOTH}.get(into)
    if of == STATE and cell.inputs == cell.units:
        of = EITHER
    return Held(tensor, gates, of) if of else None


def _sides(matrices: Sequence[Held], way: Way) -> tuple[list[Held], list[Held]]:
    """The matrices of the input and those of the state, each of both among both."""
    alike = [held for held in matrices if held.of == EITHER]
    ours, states = halves(alike, way)
    return (
        [x for x in matrices if x.of in (INPUT, BOTH) or x in ours],
        [x for x in matrices if x.of in (STATE, BOTH) or x in states],
    )


def _kernels(cell: Cell, sides: tuple[list[Held], list[Held]], way: Way) -> Iterator[LedgerLine]:
    axis = 1 if way.is_copied else 0  # that counts what is given
    ours, states = (0, cell.inputs), (0, cell.units)
    if way.state_first:
        ours = cell.units, cell.units + cell.inputs
    else:
        states = cell.inputs, cell.inputs + cell.units
    for variable, side, within in zip(
        (cell.kernel, cell.recurrent), sides, (ours, states), strict=True
    ):
        move = _move(variable, way)
        for held, part in zip(side, _parts([x.gates for x in side], cell, axis), strict=True):
            both = Part(1 - axis, *within) if held.of == BOTH else None
            yield LedgerLine(variable, move, held.tensor, torch_part=both, keras_part=part)


def _move(kernel: Variable, way: Way) -> Move:
    """All gates of a kernel, in the port's order."""
    if way.is_copied:
        return moves.in_blocks(COPY, way.order, 1)
    rank = len(kernel.shape) - 2
    return moves.in_blocks(moves.kernel(rank), way.order) if rank else moves.gates(way.order, 2)


def _parts(gates: Sequence[int], cell: Cell, axis: int) -> list[Part | None]:
    """Where tensors of so many gates each stand among all; None for one that has all of them."""
    if len(gates) == 1:
        return [None]
    ends = [cell.units * n for n in accumulate(gates, initial=0)]
    return [Part(axis, *both) for both in pairwise(ends)]


def _with(
    ledger: Ledger,
    cells: Sequence[Cell],
    lines: Sequence[LedgerLine],
    zeros: Sequence[Variable],
    by: str,
) -> Ledger:
    done = {v.name for cell in cells for v in (cell.kernel, cell.recurrent, cell.bias) if v}
    used = {v.name for v in (*(line.torch for line in lines), *zeros)}
    left = tuple(v for v in ledger.keras_left if v.name not in done)
    return replace(
        ledger,
        lines=(
            *(line for line in ledger.lines if line.keras.name not in done),
            *(replace(line, by=by) for line in lines),
        ),
        constant=(*ledger.constant, *((v, 0.0) for v in zeros)),
        keras_left=left,
        torch_left=tuple(v for v in ledger.torch_left if v.name not in used),
        failures=(),
        unknown=(),
    )
