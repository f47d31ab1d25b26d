"""Layout moves by name: of weights (parity/mapping/rules says which is whose) and of activations.

Keras keeps the channels last and torch first. A weight's move is a pair of inverse functions;
so is an activation's layout, which makes values of both sides comparable element by element.
"""

import numpy as np

from parity.records.comparison import Array, Layout, Move


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


def flat_dense(layout: Layout) -> Move:
    """The kernel of a Dense whose input was flattened: its rows go into torch's feature order."""
    order = layout.order
    assert order is not None

    def to_keras(weight: Array) -> Array:
        kernel = np.empty(weight.T.shape, weight.dtype)
        kernel[order] = weight.T
        return kernel

    return Move(f"{DENSE.name}, in: {layout.name}", lambda kernel: kernel[order].T, to_keras)


def reordered(layout: Layout) -> Move:
    """A vector of features, such as a normalisation's gamma, in torch's order of flat features."""
    order = layout.order
    assert order is not None

    def to_keras(vector: Array) -> Array:
        out = np.empty_like(vector)
        out[order] = vector
        return out

    return Move(f"in: {layout.name}", lambda vector: vector[order], to_keras)


AS_IT_IS = Layout("as it is", lambda x: x, lambda x: x)
CHANNELS = Layout(
    "N...C <-> NC...", lambda x: np.moveaxis(x, 1, -1), lambda x: np.moveaxis(x, -1, 1)
)

# Each image of a sequence of them.
CHANNELS_BEHIND_TIME = Layout(
    "NT...C <-> NTC...", lambda x: np.moveaxis(x, 2, -1), lambda x: np.moveaxis(x, -1, 2)
)
TIME_FIRST = Layout("NT... <-> TN...", lambda x: x.swapaxes(0, 1), lambda x: x.swapaxes(0, 1))


def transposed(axes: tuple[int, ...]) -> Layout:
    """The layout of which these are Keras's axes, in torch's order."""
    move = by_axes(axes)
    return Layout(f"axes {axes}", move.to_keras, move.to_torch)


def flat(order: Array, shape: tuple[int, ...]) -> Layout:
    """The layout of features that torch flattened, from what it did to an index image.

    order: for each torch feature, the number of the Keras feature that it holds, (features,);
    shape: Keras's (height, width, channels) before Flatten.
    Raises ValueError where order is no permutation.
    """
    features = np.arange(order.size)
    if not np.array_equal(np.sort(order), features):
        raise ValueError("flattening drops or repeats features")
    if np.array_equal(order, features):
        return AS_IT_IS
    sizes = "x".join(str(n) for n in shape)
    channels_first = np.moveaxis(features.reshape(shape), -1, 0).ravel()
    name = "HWC -> CHW" if np.array_equal(order, channels_first) else "HWC -> torch's own order"

    def to_keras(x: Array) -> Array:
        out = np.empty_like(x)
        out[:, order] = x
        return out

    return Layout(f"{name} of {sizes}", to_keras, lambda x: x[:, order], order)


def by_rank(rank: int) -> Layout:
    """The layout of an image batch or of plain features, from the number of axes."""
    return CHANNELS if rank >= 4 else AS_IT_IS
