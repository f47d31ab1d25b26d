"""Biases of recurrent layers that a port writes out: of all gates in one tensor or of each in its
own, once, or twice as torch.nn has them."""

from collections.abc import Sequence
from itertools import accumulate, pairwise, takewhile
from math import prod

from parity.mapping import names
from parity.mapping.cell_ways import Cell, Found, Held, Way, halves
from parity.mapping.layout_moves import COPY
from parity.mapping.rules import moves
from parity.records.comparison import LedgerLine, Variable
from parity.records.parts import Part


def placed(
    cell: Cell, sides: tuple[list[Held], list[Held]], rest: Sequence[Variable], way: Way
) -> Found | None:
    """The lines of a bias, and what must be zero beside it; None where they do not come out."""
    vectors, bias = _vectors(cell, sides, rest), cell.bias
    size = sum(prod(v.shape) for v in vectors)
    if bias is None:
        return None if vectors else ([], [])
    if [v.shape for v in vectors] == [bias.shape]:
        move = moves.in_blocks(COPY, way.order, len(bias.shape) - 1)
        return [LedgerLine(bias, move, vectors[0])], []
    if len(bias.shape) == 1 and size == prod(bias.shape):
        return _pieces(bias, vectors, way), []
    if size != 2 * prod(cell.kernel.shape[-1:]):
        return None
    ours, states = _bias_sides(vectors, sides, way)
    if len(bias.shape) == 1:  # torch.nn adds two biases, as people do
        return _pieces(bias, ours, way), [*states]
    return _pieces(bias, [*ours, *states], way), []


def _vectors(
    cell: Cell, sides: tuple[list[Held], list[Held]], rest: Sequence[Variable]
) -> list[Variable]:
    """What may be parts of a bias, in the module that has the matrices if there are any."""
    matrices = [held.tensor for side in sides for held in side]
    fitting = [
        v
        for v in rest
        if v not in matrices and prod(v.shape) % cell.units == 0
        if prod(v.shape) == max(v.shape, default=0) or (cell.bias and v.shape == cell.bias.shape)
    ]
    owners = [v.name.split(".")[:-1] for v in matrices]
    path = [parts[0] for parts in takewhile(_are_equal, zip(*owners, strict=False))]
    beside = [v for v in fitting if v.name.split(".")[: len(path)] == path]
    return beside or fitting


def _are_equal(parts: Sequence[str]) -> bool:
    return len(set(parts)) == 1


def _bias_sides(
    vectors: Sequence[Variable], sides: tuple[list[Held], list[Held]], way: Way
) -> tuple[Sequence[Variable], Sequence[Variable]]:
    """The input's biases and the state's, where there are both: each belongs to the matrix that it
    stands beside, or is called like."""
    likest = [
        [max((_likeness(v, x.tensor) for x in side), default=(False, 0)) for side in sides]
        for v in vectors
    ]
    if any(ours == states for ours, states in likest):
        return halves(vectors, way)
    of_input = [v for v, (ours, states) in zip(vectors, likest, strict=True) if ours > states]
    return of_input, [v for v in vectors if v not in of_input]


def _likeness(bias: Variable, matrix: Variable) -> tuple[bool, int]:
    paths, roles = zip(*(v.name.rpartition(".")[::2] for v in (bias, matrix)), strict=True)
    one, other = map(names.words, roles)
    return paths[0] == paths[1], len(one & other)


def _pieces(bias: Variable, vectors: Sequence[Variable], way: Way) -> list[LedgerLine]:
    """A bias, its gates in the port's order, one piece after another."""
    whole = moves.in_blocks(COPY, way.order, len(bias.shape) - 1)
    move = moves.flat(bias.shape, whole) if len(bias.shape) > 1 else whole
    ends = accumulate((prod(v.shape) for v in vectors), initial=0)
    return [
        LedgerLine(
            *(bias, move, v),
            torch_part=Part(0, 0, 1) if len(v.shape) > 1 else None,
            keras_part=Part(0, *both),
        )
        for v, both in zip(vectors, pairwise(ends), strict=True)
    ]
