"""The layout moves that a rule names, `parity.moves`: each a pair of inverse functions.

Those whose names say it all are constants, COPY and DENSE; the others are made for a rank, for
shapes or for an order of axes.
"""

import math
from collections.abc import Sequence

import numpy as np

from parity.mapping.layout_moves import COPY, DENSE, by_axes
from parity.records.comparison import Array, Move

__all__ = [
    "CHANNELS_FIRST",
    "COPY",
    "DENSE",
    "DENSE_STACKED",
    "by_axes",
    "dense_as_convolution",
    "depthwise",
    "gates",
    "kernel",
    "matrix",
    "per_feature",
    "pointwise",
    "reshaped",
]

Shape = tuple[int, ...]

KERNEL_AXES = {1: "k", 2: "kh, kw", 3: "kd, kh, kw"}

CHANNELS_FIRST = Move(
    "(..., C) -> (C, ...)",
    lambda w: np.moveaxis(w, -1, 0),
    lambda w: np.moveaxis(w, 0, -1),
)

DENSE_STACKED = Move(
    "(in, out) -> (1, out, in)",
    lambda w: w.T[np.newaxis],
    lambda w: w[0].T,
)


def kernel(rank: int, channels: str = "in, out") -> Move:
    """A convolution's kernel, of 1 to 3 spatial axes: its two axes of channels swap, and lead.

    channels: "out, in" for a transposed convolution. It is the gradient of a convolution on both
    sides: nothing is flipped, and its kernel keeps the layout of that convolution, whose input is
    this one's output.
    """
    k = KERNEL_AXES[rank]
    first, second = channels.split(", ")
    return Move(
        f"({k}, {channels}) -> ({second}, {first}, {k})",
        lambda w: np.moveaxis(w, (-1, -2), (0, 1)),
        lambda w: np.moveaxis(w, (0, 1), (-1, -2)),
    )


def depthwise(shape: Shape) -> Move:
    """A depthwise kernel (k..., in, mult) to torch's grouped one, (in * mult, 1, k...).

    torch counts all multiples of one input channel before it goes on to the next.
    """
    *k, channels, multiplier = shape
    axes = KERNEL_AXES[len(k)]
    return Move(
        f"({axes}, in, mult) -> (in*mult, 1, {axes})",
        lambda w: np.moveaxis(w, (-2, -1), (0, 1)).reshape(channels * multiplier, 1, *k),
        lambda w: np.moveaxis(w.reshape(channels, multiplier, *k), (0, 1), (-2, -1)),
    )


def of_rank(move: Move, shape: Shape, there: Shape | None) -> Move:
    """A kernel's move to a convolution of another rank, whose further axes are of length 1: a
    Conv2d of (1, k) does what a Conv1D of k does.

    shape: Keras's; there: torch's, (out, in, sizes...), if known.
    """
    natural = move.to_torch(np.empty(shape)).shape
    if there is None or len(there) == len(natural) or not _fit(natural, there):
        return move
    return _through(move, tuple(range(len(natural))), natural, there)


def along_channels(move: Move, shape: Shape, there: Shape | None) -> Move:
    """A kernel's move to a convolution that has the channels for an axis of space, or one of these
    for its channels: a Conv2d(1, out, (k, in)) does what a Conv1D of k does, and the other way
    round. shape, there: as of `of_rank`."""
    natural = move.to_torch(np.empty(shape)).shape
    if there is None or _fit(natural, there):
        return of_rank(move, shape, there)
    space = tuple(range(2, len(natural)))
    orders: list[Shape] = []
    if natural[1] > 1 and there[1] == 1:
        orders = [(0, *space[:at], 1, *space[at:]) for at in range(len(space), -1, -1)]
    elif natural[1] == 1:
        orders = [(0, one, 1, *(x for x in space if x != one)) for one in space]
    for order in orders:
        turned = tuple(natural[axis] for axis in order)
        ahead = (turned[0], 1, *turned[1:]) if natural[1] > 1 else turned
        if _fit(ahead, there):
            return _through(move, order, natural, there)
    return move


def _through(move: Move, order: Sequence[int], natural: Shape, there: Shape) -> Move:
    """A move, behind which axes are turned, and some of length 1 come or go."""
    back = np.argsort(order)
    turned = tuple(natural[axis] for axis in order)
    return Move(
        f"{move.name}, as {there}",
        lambda w: move.to_torch(w).transpose(order).reshape(there),
        lambda w: move.to_keras(w.reshape(turned).transpose(back)),
    )


def _fit(one: Shape, other: Shape) -> bool:
    """Are two torch kernels of one shape, but for axes of space of length 1?"""
    return _trimmed(one) == _trimmed(other)


def _trimmed(shape: Shape) -> Shape:
    return (*shape[:2], *(size for size in shape[2:] if size > 1))


def pointwise(rank: int) -> Move:
    """A kernel of size 1, (1..., in, out), to a Linear's weight (out, in)."""
    return Move(
        f"({', '.join('1' * rank)}, in, out) -> (out, in)",
        lambda w: w.reshape(w.shape[-2:]).T,
        lambda w: w.T.reshape(*(1,) * rank, *w.T.shape),
    )


def dense_as_convolution(rank: int) -> Move:
    """A Dense kernel (in, out) to a convolution of size 1, (out, in, 1...)."""
    return Move(
        f"(in, out) -> (out, in, {', '.join('1' * rank)})",
        lambda w: w.T.reshape(*w.T.shape, *(1,) * rank),
        lambda w: w.reshape(w.shape[:2]).T,
    )


def flat_dense_as_convolution(shape: Shape) -> Move:
    """A Dense kernel (sizes x in, out) of a flattened map to a convolution as large as the map.

    shape: the convolution's, (out, in, sizes...).
    """
    out, channels, *sizes = shape
    back = (*range(2, len(shape)), 1, 0)  # to (sizes..., in, out)
    return Move(
        f"({'x'.join(map(str, sizes))} x in, out) -> (out, in, {', '.join(map(str, sizes))})",
        lambda w: np.moveaxis(w.reshape(*sizes, channels, out), (-1, -2), (0, 1)),
        lambda w: w.transpose(back).reshape(-1, out),
    )


def matrix(shape: Shape, outputs: Sequence[int], inputs: Sequence[int]) -> Move:
    """A kernel of many axes to a Linear's weight: its output axes flat, then its input axes flat.

    outputs, inputs: the axes of the kernel in the order in which the features are counted.
    """
    axes = (*outputs, *inputs)
    back = np.argsort(axes)
    rows, columns = (math.prod(shape[axis] for axis in part) for part in (outputs, inputs))
    there = tuple(shape[axis] for axis in axes)
    return Move(
        f"{shape} -> ({rows}, {columns})",
        lambda w: w.transpose(axes).reshape(rows, columns),
        lambda w: w.reshape(there).transpose(back),
    )


def reshaped(shape: Shape, there: Shape) -> Move:
    """The same numbers in the same order, in another shape."""
    if shape == there:
        return COPY
    return Move(f"{shape} -> {there}", lambda w: w.reshape(there), lambda w: w.reshape(shape))


def channels_first(shape: Shape, there: Shape) -> Move:
    """Weights (..., C) in torch's order of axes, with further axes of length 1."""
    turned = (shape[-1], *shape[:-1])
    return Move(
        f"{shape} -> {there}, channels first",
        lambda w: np.moveaxis(w, -1, 0).reshape(there),
        lambda w: np.moveaxis(w.reshape(turned), 0, -1),
    )


def per_feature(shape: Shape, there: Shape | None) -> Move:
    """Weights (..., C) of every feature, or of some axes of it, laid out as torch's data is.

    there: torch's shape, if known. What fits both ways is channels first for maps, and as it is
    for sequences.
    """
    if there is not None and max(shape, default=1) == math.prod(shape) == math.prod(there):
        return reshaped(shape, there)  # one axis, beside axes of length 1
    channels_first = (shape[-1], *shape[:-1])
    if there == channels_first and (there != shape or len(shape) > 2):
        return CHANNELS_FIRST
    return COPY


def gates(order: Sequence[int], axes: int) -> Move:
    """A recurrent kernel (in, gates * units), or a bias (gates * units), for torch's gates.

    order: for each gate of torch the number of Keras's; axes: 2 for a kernel, which torch holds
    the other way round, (gates * units, in), or 1 for a bias.
    """
    return in_blocks(DENSE if axes == 2 else COPY, order)


def in_blocks(layout: Move, order: Sequence[int], axis: int = 0) -> Move:
    """A move, behind which the equal blocks of an axis, as many as are named, change places."""
    back = np.argsort(order)
    if list(order) == sorted(order):
        return layout
    return Move(
        f"{layout.name}, gates {', '.join(map(str, order))}",
        lambda w: _reordered(layout.to_torch(w), order, axis),
        lambda w: layout.to_keras(_reordered(w, back, axis)),
    )


def flat(shape: Shape, before: Move) -> Move:
    """A move that leaves a shape as it is, and one axis of what it gives."""
    return Move(
        f"{before.name}, flat",
        lambda w: before.to_torch(w).reshape(-1),
        lambda w: before.to_keras(w.reshape(shape)),
    )


def _reordered(w: Array, order: Sequence[int] | Array, axis: int) -> Array:
    blocks = np.split(w, len(order), axis)
    return np.concatenate([blocks[number] for number in order], axis)
