"""Weights that one side holds packed and the other apart: query, key and value in one matrix.

Layers are gone through on both sides in the order of the data, and cut into bunches of equal size:
three Dense of Keras's and one Linear of the port's, or one and two. In which order a packed tensor
holds its parts, and whether by head, is open: each way is a guess, of which the outputs choose.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from parity.mapping.layout_moves import COPY, DENSE
from parity.mapping.rules import moves
from parity.records.comparison import LedgerLine, Move, Trace, Variable
from parity.records.parts import Part

MOST = 4  # layers that are packed in one
SPATIAL = (3, 4, 5)  # axes of a convolution's kernel
BLOCKS = 8  # ways to interleave them by head


@dataclass(frozen=True)
class Unit:
    """A layer's kernel, and its bias, if it has one."""

    kernel: Variable
    bias: Variable | None = None

    @property
    def size(self) -> int:
        return math.prod(self.kernel.shape)


@dataclass(frozen=True)
class Bunch:
    """Layers of both sides that hold the same numbers; one side has a single one."""

    keras: tuple[Unit, ...]
    torch: tuple[Unit, ...]

    @property
    def count(self) -> int:
        return max(len(self.keras), len(self.torch))


@dataclass(frozen=True)
class Standing:
    """How a Keras kernel may stand in a torch tensor; outputs: the axis there of what it gives;
    is_stacked: is the first axis there one that counts kernels?"""

    move: Move
    shape: tuple[int, ...]
    outputs: int = 0
    is_stacked: bool = False


@dataclass(frozen=True)
class Way:
    """How a packed tensor holds its parts: in which order; blocks: of each part, one after the
    other, 1 where the parts stand whole."""

    order: tuple[int, ...]
    blocks: int = 1


def units(
    trace: Trace, variables: Sequence[Variable], mark: str, is_raw: bool = False
) -> list[Unit]:
    """The layers, in the order of the data, that own some of these variables: a kernel, with or
    without a bias. mark: what parts a name, "/" or "."; is_raw: is each matrix one, too, of those
    that a layer of a person's own has several of?"""
    places = {v.name: n for n, v in enumerate(v for step in trace.steps for v in step.variables)}
    groups: dict[str, list[Variable]] = {}
    for variable in sorted(variables, key=lambda v: places.get(v.name, len(places))):
        groups.setdefault(_owner(variable.name, mark), []).append(variable)
    found = []
    for group in groups.values():
        kernel, *others = sorted(group, key=lambda v: math.prod(v.shape), reverse=True)
        alike = any(math.prod(v.shape) == math.prod(kernel.shape) for v in others)
        if len(others) < 2 and len(kernel.shape) > 1 and not alike:  # no factor and offset
            found.append(Unit(kernel, *others))
        elif is_raw:
            found += _raw(group)
    return found


def _raw(group: Sequence[Variable]) -> list[Unit]:
    """The matrices of a layer of a person's own, each with its bias where there are as many."""
    matrices, vectors = ([v for v in group if (len(v.shape) > 1) is many] for many in (True, False))
    if len(matrices) != len(vectors):
        return [Unit(matrix) for matrix in matrices]
    return [Unit(*both) for both in zip(matrices, vectors, strict=True)]


def _owner(name: str, mark: str) -> str:
    """The layer of a variable. A MultiheadAttention has weights of two kinds."""
    owner, _, role = name.rpartition(mark)
    part = role.partition("_proj_weight")[0]
    return f"{owner}{mark}{part}" if part != role and part != "in" else owner


def bunches(keras: Sequence[Unit], torch: Sequence[Unit]) -> list[Bunch]:
    """Both sides cut where as much has gone by on one as on the other; none where they do not
    come out alike, or a bunch has several layers on both sides."""
    found = []
    ours, theirs = list(keras), list(torch)
    while ours and theirs:
        mine, other = [ours.pop(0)], [theirs.pop(0)]
        while (gap := _size(mine) - _size(other)) and (theirs if gap > 0 else ours):
            (other if gap > 0 else mine).append((theirs if gap > 0 else ours).pop(0))
        if gap or min(len(mine), len(other)) > 1 or max(len(mine), len(other)) > MOST:
            return []
        found.append(Bunch(tuple(mine), tuple(other)))
    return [] if ours or theirs else found


def _size(group: Sequence[Unit]) -> int:
    return sum(unit.size for unit in group)


def ways(bunch: Bunch) -> list[Way]:
    """The ways in which the one layer may hold the others, the usual first."""
    orders = list(itertools.permutations(range(bunch.count)))
    sizes = {unit.size for unit in (bunch.keras if len(bunch.keras) > 1 else bunch.torch)}
    if bunch.count == 1 or len(sizes) > 1:
        return [Way(order) for order in orders]
    packed = bunch.torch[0] if len(bunch.keras) > 1 else bunch.keras[0]
    lengths = [n // bunch.count for n in packed.kernel.shape if n % bunch.count == 0]
    most = range(2, max(lengths, default=1) + 1)
    blocks = [n for n in most if any(length % n == 0 for length in lengths)][:BLOCKS]
    by_head = [Way(order, n) for order in orders for n in blocks]
    return [*(Way(order) for order in orders), *by_head]


def lines(bunch: Bunch, way: Way) -> Iterator[tuple[LedgerLine, ...]]:
    """The lines of a bunch of several layers, in each layout that shapes allow."""
    if len(bunch.keras) > 1:
        apart, (packed,) = bunch.keras, bunch.torch
        kernels = [layouts(unit.kernel.shape, len(packed.kernel.shape)) for unit in apart]
        for chosen in zip(*kernels, strict=False):  # of other ranks: there are not as many
            found = _packed(apart, packed, chosen, way)
            if found:
                yield found
        return
    (packed,), apart = bunch.keras, bunch.torch
    for standing in layouts(packed.kernel.shape, len(apart[0].kernel.shape)):
        found = _split(packed, standing, apart, way)
        if found:
            yield found


def layouts(shape: tuple[int, ...], rank: int) -> list[Standing]:
    """How a Keras kernel may stand in a torch tensor of this rank, the usual ways first."""
    found: list[Move] = []
    copied: list[Move] = []  # as Keras has it: what a kernel gives is counted last
    stacked: list[Move] = []
    own = len(shape)
    if own == 2 and rank == 2:
        found, copied = [DENSE], [COPY]
    elif own == 2 < rank:
        found = [moves.dense_as_convolution(rank - 2)]
    elif own == 3 and rank == 2:  # (in, heads, size), and (heads, size, out)
        found = [moves.matrix(shape, (1, 2), (0,)), moves.matrix(shape, (2,), (0, 1))]
        flat = (shape[0], shape[1] * shape[2]), (shape[0] * shape[1], shape[2])
        copied = [moves.reshaped(shape, there) for there in flat]
    elif own == rank in SPATIAL:
        found = [moves.kernel(own - 2)]
    if own in SPATIAL and rank == 2:  # a convolution of patches, flat as torch or as Keras has them
        size, into, out = tuple(range(own - 2)), own - 2, (own - 1,)
        found += [moves.matrix(shape, out, (into, *size)), moves.matrix(shape, out, (*size, into))]
    if own == 2 and rank == 3:
        stacked = [moves.DENSE_STACKED, moves.reshaped(shape, (1, *shape))]
    if rank == 2 and own > 2 and math.prod(shape[:-2]) == 1:
        found.append(moves.pointwise(own - 2))
    empty = np.broadcast_to(np.int8(0), shape)
    return [
        *(Standing(move, move.to_torch(empty).shape) for move in found),
        *(Standing(move, move.to_torch(empty).shape, rank - 1) for move in copied),
        *(
            Standing(move, move.to_torch(empty).shape, outputs, is_stacked=True)
            for move, outputs in zip(stacked, (1, 2), strict=False)
        ),
    ]


def _packed(
    apart: Sequence[Unit], packed: Unit, chosen: Sequence[Standing], way: Way
) -> tuple[LedgerLine, ...]:
    """Several kernels of Keras's in one of torch's; nothing where they do not fit."""
    shapes = [one.shape for one in chosen]
    axis = _joint(shapes, packed.kernel.shape)
    if axis is None:
        return ()
    parts = _parts([shape[axis] for shape in shapes], axis, way)
    if not parts:
        return ()
    found = [
        LedgerLine(unit.kernel, one.move, packed.kernel, torch_part=part)
        for unit, one, part in zip(apart, chosen, parts, strict=True)
    ]
    along = [(u.bias, p) for u, p in zip(apart, parts, strict=True) if u.bias is not None]
    if along and packed.bias is None:
        return ()
    is_stack = axis == 0 and chosen[0].is_stacked
    for bias, part in along:
        assert packed.bias is not None
        length, *rest = packed.bias.shape
        flat = moves.reshaped(bias.shape, (math.prod(bias.shape),))
        place = Part(0, part.start, part.stop, part.period)
        if is_stack:  # one of them under each kernel
            if length != packed.kernel.shape[0] or math.prod(rest) != math.prod(bias.shape):
                return ()
            move = moves.reshaped(bias.shape, (1, *rest))
            found.append(LedgerLine(bias, move, packed.bias, torch_part=place))
        elif rest:
            return ()
        elif axis == chosen[0].outputs:
            if not _is_along(bias, place, packed.bias.shape[0]):
                return ()
            found.append(LedgerLine(bias, flat, packed.bias, torch_part=place))
        elif len(along) == 1 and length == math.prod(bias.shape):  # of a sum: whose does not matter
            found.append(LedgerLine(bias, flat, packed.bias))
        else:
            return ()
    return tuple(found)


def _split(
    packed: Unit, standing: Standing, apart: Sequence[Unit], way: Way
) -> tuple[LedgerLine, ...]:
    """One kernel of Keras's in several of torch's; nothing where they do not fit."""
    shapes = [unit.kernel.shape for unit in apart]
    axis = _joint(shapes, standing.shape)
    if axis is None:
        return ()
    parts = _parts([shape[axis] for shape in shapes], axis, way)
    if not parts:
        return ()
    found = [
        LedgerLine(packed.kernel, standing.move, unit.kernel, keras_part=part)
        for unit, part in zip(apart, parts, strict=True)
    ]
    if packed.bias is None:
        return tuple(found)
    biased = [(u, p) for u, p in zip(apart, parts, strict=True) if u.bias is not None]
    flat = moves.reshaped(packed.bias.shape, (math.prod(packed.bias.shape),))
    if axis != standing.outputs:
        first = next((unit.bias for unit, _ in biased), None)
        return (*found, LedgerLine(packed.bias, flat, first)) if first is not None else ()
    if len(biased) < len(apart):
        return ()
    for unit, part in biased:
        assert unit.bias is not None
        place = Part(0, part.start, part.stop, part.period)
        if not _is_along(unit.bias, place, math.prod(packed.bias.shape)):
            return ()
        found.append(LedgerLine(packed.bias, flat, unit.bias, keras_part=place))
    return tuple(found)


def _is_along(bias: Variable, part: Part, length: int) -> bool:
    """Has a bias as many numbers as this part of one of that length has places?"""
    blocks = length // (part.period or length)
    return math.prod(bias.shape) == blocks * (part.stop - part.start) and part.stop <= length


def _joint(shapes: Sequence[tuple[int, ...]], whole: tuple[int, ...]) -> int | None:
    """The axis along which arrays of these shapes make one of that; None where there is none."""
    for axis in range(len(whole)):
        rest = {(*shape[:axis], *shape[axis + 1 :]) for shape in shapes}
        total = sum(shape[axis] for shape in shapes if axis < len(shape))
        if rest == {(*whole[:axis], *whole[axis + 1 :])} and total == whole[axis]:
            return axis
    return None


def _parts(sizes: Sequence[int], axis: int, way: Way) -> list[Part]:
    """Where each of several arrays stands along the axis that they share; nothing where they
    cannot be cut so."""
    if any(size % way.blocks for size in sizes):
        return []
    found: dict[int, Part] = {}
    start, period = 0, sum(sizes) // way.blocks
    for number in way.order:
        stop = start + sizes[number] // way.blocks
        found[number] = Part(axis, start, stop, 0 if way.blocks == 1 else period)
        start = stop
    return [found[number] for number in range(len(sizes))]
