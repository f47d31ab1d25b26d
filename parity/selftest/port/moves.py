"""How Keras's weights become torch's, as functions of arrays."""

import numpy as np

from parity.records.comparison import Array


def copy(weight: Array) -> Array:
    return weight


def flat(weight: Array) -> Array:
    """(1, 1, C) -> (C,), and (heads, size) -> (heads * size,)."""
    return weight.reshape(-1)


def zeros(weight: Array) -> Array:
    return np.zeros_like(weight)


def transposed(kernel: Array) -> Array:
    """(in, out) -> (out, in)."""
    return kernel.T


def convolution(kernel: Array) -> Array:
    """(*k, in, out) -> (out, in, *k); transposed: (*k, out, in) -> (in, out, *k)."""
    return kernel.transpose(-1, -2, *range(kernel.ndim - 2))


def pointwise(kernel: Array) -> Array:
    """(in, out) -> (out, in, 1, 1)."""
    return kernel.T[:, :, None, None]


def depthwise(kernel: Array) -> Array:
    """(*k, in, multiplier) -> (in * multiplier, 1, *k)."""
    space = kernel.shape[:-2]
    return kernel.transpose(-2, -1, *range(kernel.ndim - 2)).reshape(-1, 1, *space)


def reordered(order: Array, kernel: Array) -> Array:
    """The kernel of a Dense behind a Flatten in torch's order: (in, out) -> (out, in)."""
    return kernel[order].T


def reset_first(gates: Array) -> Array:
    """The gates of a GRU along the last axis: Keras's z, r, h -> torch's r, z, n."""
    update, reset, new = np.split(gates, 3, axis=-1)
    return np.concatenate([reset, update, new], axis=-1)


def gru_kernel(kernel: Array) -> Array:
    return reset_first(kernel).T


def gru_input_bias(bias: Array) -> Array:
    """(2, 3 * units), or (3 * units,) where the reset gate stands before the product."""
    return reset_first(bias[0] if bias.ndim == 2 else bias)


def gru_hidden_bias(bias: Array) -> Array:
    return reset_first(bias[1]) if bias.ndim == 2 else np.zeros_like(bias)


def heads(kernel: Array) -> Array:
    """A projection to heads: (in, heads, size) -> (heads * size, in)."""
    return kernel.reshape(len(kernel), -1).T


def from_heads(kernel: Array) -> Array:
    """The projection of all heads: (heads, size, out) -> (out, heads * size)."""
    return kernel.reshape(-1, kernel.shape[-1]).T


def packed_kernels(query: Array, key: Array, value: Array) -> Array:
    return np.concatenate([heads(query), heads(key), heads(value)])


def packed_biases(query: Array, key: Array, value: Array) -> Array:
    return np.concatenate([flat(query), flat(key), flat(value)])
