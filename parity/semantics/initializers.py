"""Keras's initial weights, drawn in place as in torch.nn.init: `glorot_uniform_(layer.weight)`.

A Keras layer starts from glorot_uniform and zero biases. torch's Linear and Conv2d start from
uniform(-1/sqrt(fan_in), 1/sqrt(fan_in)), weights and biases alike, which is narrower and not zero.

Weights are in torch's layout: (out, in, *kernel), or (in, out, *kernel) for a transposed
convolution, whose "fan in" Keras too counts from the output channels. A depthwise convolution has
other fans in Keras than can be read from torch's layout. The draws follow the same law as Keras's
and are not the same numbers. All functions return the tensor.
"""

import math

import torch
from torch import Generator, Tensor, nn

TRUNCATED = 0.87962566103423978  # standard deviation of a unit normal cut off at -2 and 2


def fans(weight: Tensor) -> tuple[int, int]:
    """fan_in and fan_out (keras.src.initializers.random_initializers.compute_fans)."""
    if weight.ndim < 2:
        return (weight.numel(),) * 2
    field = math.prod(weight.shape[2:])
    return weight.shape[1] * field, weight.shape[0] * field


def glorot_uniform_(weight: Tensor, generator: Generator | None = None) -> Tensor:
    """Uniform in +-sqrt(6 / (fan_in + fan_out)) (keras GlorotUniform, the default of layers)."""
    return _uniform_(weight, 1.0, sum(fans(weight)) / 2, generator)


def glorot_normal_(weight: Tensor, generator: Generator | None = None) -> Tensor:
    """Truncated normal of deviation sqrt(2 / (fan_in + fan_out)) (keras GlorotNormal)."""
    return _normal_(weight, 1.0, sum(fans(weight)) / 2, generator)


def he_uniform_(weight: Tensor, generator: Generator | None = None) -> Tensor:
    """Uniform in +-sqrt(6 / fan_in) (keras HeUniform)."""
    return _uniform_(weight, 2.0, fans(weight)[0], generator)


def he_normal_(weight: Tensor, generator: Generator | None = None) -> Tensor:
    """Truncated normal of deviation sqrt(2 / fan_in) (keras HeNormal); torch's is not cut off."""
    return _normal_(weight, 2.0, fans(weight)[0], generator)


def lecun_uniform_(weight: Tensor, generator: Generator | None = None) -> Tensor:
    """Uniform in +-sqrt(3 / fan_in) (keras LecunUniform)."""
    return _uniform_(weight, 1.0, fans(weight)[0], generator)


def lecun_normal_(weight: Tensor, generator: Generator | None = None) -> Tensor:
    """Truncated normal of deviation sqrt(1 / fan_in) (keras LecunNormal)."""
    return _normal_(weight, 1.0, fans(weight)[0], generator)


def truncated_normal_(
    weight: Tensor, mean: float = 0.0, stddev: float = 0.05, generator: Generator | None = None
) -> Tensor:
    """Normal, cut off at two `stddev` from the mean (keras TruncatedNormal).

    `stddev` is that of the normal before the cut; what is drawn has 0.88 of it. torch's
    trunc_normal_ cuts at -2 and 2 whatever the deviation. Raises ValueError for a negative stddev.
    """
    if stddev < 0:
        raise ValueError(f"stddev={stddev}: give a number that is not negative")
    low, high = mean - 2 * stddev, mean + 2 * stddev
    if stddev == 0:
        return nn.init.constant_(weight, mean)
    return nn.init.trunc_normal_(weight, mean, stddev, low, high, generator=generator)


def orthogonal_(weight: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """A random matrix with orthonormal rows or columns, times gain (keras Orthogonal).

    The matrix is (out, in * kernel), as torch's own orthogonal_ has it too.
    Raises ValueError for fewer than two dimensions.
    """
    return nn.init.orthogonal_(weight, gain, generator=generator)


def zeros_(weight: Tensor) -> Tensor:
    """Zeros (keras Zeros), the default of biases."""
    return nn.init.zeros_(weight)


def _uniform_(weight: Tensor, scale: float, fan: float, generator: Generator | None) -> Tensor:
    limit = math.sqrt(3 * scale / max(1.0, fan))
    with torch.no_grad():
        return weight.uniform_(-limit, limit, generator=generator)


def _normal_(weight: Tensor, scale: float, fan: float, generator: Generator | None) -> Tensor:
    stddev = math.sqrt(scale / max(1.0, fan)) / TRUNCATED
    return truncated_normal_(weight, 0.0, stddev, generator)
