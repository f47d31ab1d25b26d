"""Layout moves by name: of weights (parity/mapping/rules says which is whose) and of activations.

Keras keeps the channels last and torch first. A weight's move is a pair of inverse functions;
so is an activation's layout, which makes values of both sides comparable element by element.
"""

import math

import numpy as np

from parity.records.comparison import Array, Layout, Move

# In the name of a move of features that stand in an order of torch's own: taken, and given.
IN_ORDER, GIVEN = "in: ", "out: "


def _axes(name: str, axes: tuple[int, ...]) -> Move:
    inverse = tuple(int(axis) for axis in np.argsort(axes))
    return Move(name, lambda w: w.transpose(axes), lambda w: w.transpose(inverse))


def by_axes(axes: tuple[int, ...]) -> Move:
    """The transpose that takes Keras's axes in this order."""
    return _axes(f"transpose{axes}", axes)


COPY = Move("as it is", lambda w: w, lambda w: w)
DENSE = _axes("(in, out) -> (out, in)", (1, 0))
CONV2D = _axes("(kh, kw, in, out) -> (out, in, kh, kw)", (3, 2, 0, 1))
# A transposed convolution is the gradient of a convolution on both sides: nothing is flipped, and
# its kernel keeps the layout of that convolution, whose input is this one's output.
CONV2D_TRANSPOSE = _axes("(kh, kw, out, in) -> (in, out, kh, kw)", (3, 2, 0, 1))


def in_order(move: Move, layout: Layout, axis: int, way: str = IN_ORDER) -> Move:
    """The move of a weight whose axis runs over features that stand in an order of torch's own."""
    order = layout.order
    assert order is not None
    back = np.argsort(order)
    name = f"{way}{layout.name}"
    return Move(
        name if move is COPY else f"{move.name}, {name}",
        lambda w: move.to_torch(w.take(order, axis)),
        lambda w: move.to_keras(w).take(back, axis),
    )


def is_in_order(move: Move) -> bool:
    """Does it take features that stand in an order of torch's own?"""
    return IN_ORDER in move.name


def has_other_order(move: Move) -> bool:
    """Does a weight take or make features in an order of torch's own?"""
    return IN_ORDER in move.name or GIVEN in move.name


def is_of_ordered(move: Move) -> bool:
    """Does a weight make features that stand in such an order, or belong to each of them?"""
    return GIVEN in move.name or move.name.startswith(IN_ORDER)


AS_IT_IS = Layout("as it is", lambda x: x, lambda x: x)
CHANNELS = Layout(
    "N...C <-> NC...", lambda x: np.moveaxis(x, 1, -1), lambda x: np.moveaxis(x, -1, 1)
)

# Each image of a sequence of them.
CHANNELS_BEHIND_TIME = Layout(
    "NT...C <-> NTC...", lambda x: np.moveaxis(x, 2, -1), lambda x: np.moveaxis(x, -1, 2)
)
TIME_FIRST = Layout("NT... <-> TN...", lambda x: x.swapaxes(0, 1), lambda x: x.swapaxes(0, 1))

HEADS_SECOND = Layout("NH... <-> N.H...", lambda x: x.swapaxes(1, 2), lambda x: x.swapaxes(1, 2))


def transposed(axes: tuple[int, ...]) -> Layout:
    """The layout of which these are Keras's axes, in torch's order."""
    move = by_axes(axes)
    return Layout(f"axes {axes}", move.to_keras, move.to_torch)


def flat(order: Array, shape: tuple[int, ...], base: Layout = AS_IT_IS) -> Layout:
    """The layout of features that torch flattened, from what it did to an index image.

    order: for each torch feature, the number of the Keras feature that it holds, (features,);
    shape: Keras's (height, width, channels) before Flatten, or more axes than the features are
    of; base: the layout apart from that order.
    Raises ValueError where order is no permutation.
    """
    features = np.arange(order.size)
    if not np.array_equal(np.sort(order), features):
        raise ValueError("flattening drops or repeats features")
    if np.array_equal(order, features):
        return base
    while len(shape) > 1 and math.prod(shape) > order.size:
        shape = shape[1:]
    shape = shape if math.prod(shape) == order.size else (order.size,)
    sizes = "x".join(str(n) for n in shape)
    channels_first = np.moveaxis(features.reshape(shape), -1, 0).ravel()
    name = "HWC -> CHW" if np.array_equal(order, channels_first) else "HWC -> torch's own order"
    return _ordered(f"{name} of {sizes}", order, base)


def rebased(layout: Layout, base: Layout) -> Layout:
    """The same order of features, where torch's axes stand otherwise."""
    assert layout.order is not None
    return _ordered(layout.name, layout.order, base)


def _ordered(name: str, order: Array, base: Layout) -> Layout:
    back = np.argsort(order)
    return Layout(
        name,
        lambda x: base.to_keras(x)[..., back],
        lambda x: base.to_torch(x[..., order]),
        order,
    )


def by_rows(rows: Array, keras: tuple[int, ...], torch: tuple[int, ...]) -> Layout:
    """The layout of features that stand last on both sides, at positions folded otherwise.

    rows: for each of torch's positions, flat, the number of Keras's; keras, torch: the shapes.
    """
    back = np.argsort(rows)
    return Layout(
        "positions folded otherwise",
        lambda x: x.reshape(-1, torch[-1])[back].reshape(keras),
        lambda x: x.reshape(-1, keras[-1])[rows].reshape(torch),
        rows=rows,
    )


def by_rank(rank: int) -> Layout:
    """The layout of an image batch or of plain features, from the number of axes."""
    return CHANNELS if rank >= 4 else AS_IT_IS
