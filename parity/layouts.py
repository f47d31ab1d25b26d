"""Every layout move by name: of weights (RULES) and of activations.

Keras keeps the channels last and torch first. A weight's move is a pair of inverse functions;
so is an activation's layout, which makes values of both sides comparable element by element.
"""

import numpy as np

from parity.records import Array, Layout, Move, Step


def _axes(name: str, axes: tuple[int, ...]) -> Move:
    inverse = tuple(int(axis) for axis in np.argsort(axes))
    return Move(name, lambda w: w.transpose(axes), lambda w: w.transpose(inverse))


COPY = Move("as it is", lambda w: w, lambda w: w)
DENSE = _axes("(in, out) -> (out, in)", (1, 0))
CONV2D = _axes("(kh, kw, in, out) -> (out, in, kh, kw)", (3, 2, 0, 1))
# A transposed convolution is the gradient of a convolution on both sides: nothing is flipped, and
# its kernel keeps the layout of that convolution, whose input is this one's output.
CONV2D_TRANSPOSE = _axes("(kh, kw, out, in) -> (in, out, kh, kw)", (3, 2, 0, 1))

# (Keras layer, role of its variable) -> (move, role of the torch tensor)
RULES: dict[tuple[str, str], tuple[Move, str]] = {
    ("Dense", "kernel"): (DENSE, "weight"),
    ("Dense", "bias"): (COPY, "bias"),
    ("Conv2D", "kernel"): (CONV2D, "weight"),
    ("Conv2D", "bias"): (COPY, "bias"),
    ("Conv2DTranspose", "kernel"): (CONV2D_TRANSPOSE, "weight"),
    ("Conv2DTranspose", "bias"): (COPY, "bias"),
    ("BatchNormalization", "gamma"): (COPY, "weight"),
    ("BatchNormalization", "beta"): (COPY, "bias"),
    ("BatchNormalization", "moving_mean"): (COPY, "running_mean"),
    ("BatchNormalization", "moving_variance"): (COPY, "running_var"),
}


def flat_dense(layout: Layout) -> Move:
    """The kernel of a Dense whose input was flattened: its rows go into torch's feature order."""
    order = layout.order
    assert order is not None

    def to_keras(weight: Array) -> Array:
        kernel = np.empty(weight.T.shape, weight.dtype)
        kernel[order] = weight.T
        return kernel

    return Move(f"{DENSE.name}, in: {layout.name}", lambda kernel: kernel[order].T, to_keras)


AS_IT_IS = Layout("as it is", lambda x: x, lambda x: x)
CHANNELS = Layout(
    "N...C <-> NC...", lambda x: np.moveaxis(x, 1, -1), lambda x: np.moveaxis(x, -1, 1)
)


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


def follow(
    steps: tuple[Step, ...], ranks: dict[str, int], flats: dict[str, Layout]
) -> dict[str, Layout]:
    """The layout of each Keras layer's output, followed along the data; "" is the model's input.

    steps: all Keras layers, matched or not, in order;
    ranks: the number of axes of each layer's output and of the model's input;
    flats: the measured layout of each Flatten.
    """
    layouts = {"": by_rank(ranks[""])}
    for layer in steps:
        before = layouts.get(layer.inputs[0] if layer.inputs else "", AS_IT_IS)
        if layer.name in flats:
            layouts[layer.name] = flats[layer.name]
        elif before.order is not None and layer.kind != "Dense":
            layouts[layer.name] = before  # Dropout and activations keep the order of features
        else:
            layouts[layer.name] = by_rank(ranks[layer.name])
    return layouts
