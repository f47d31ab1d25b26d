"""Activations."""

from typing import Any

import keras
from keras import layers, ops

from tests.coverage.keras_models.row import row

# Those of which Keras computes a part in float32 have models of their own.
ACTIVATIONS = (
    *("linear", "relu", "relu6", "elu", "selu", "celu", "silu", "mish", "softplus", "softsign"),
    *("sigmoid", "log_sigmoid", "hard_sigmoid", "hard_silu", "hard_tanh", "tanh_shrink"),
    *("hard_shrink", "soft_shrink", "softmax", "log_softmax", "exponential", "squareplus"),
    *("sparse_plus", "sparse_sigmoid", "sparsemax"),
)


def activations() -> Any:
    chain: list[Any] = []
    for name in ACTIVATIONS:
        chain += [layers.Dense(6, name=f"before_{name}"), layers.Activation(name, name=name)]
    return row((6,), *chain)


def activation_layers() -> Any:
    return row(
        (6, 5, 3),
        layers.Conv2D(4, 2, name="first"),
        layers.ReLU(max_value=1.5, negative_slope=0.1, name="relu"),
        layers.Conv2D(4, 2, name="second"),
        layers.ELU(alpha=0.5, name="elu"),
        layers.Conv2D(4, 2, name="third"),
        layers.Softmax(name="softmax"),
    )


def prelu() -> Any:
    return row((6,), layers.PReLU(name="prelu"))


def prelu_maps() -> Any:
    return row((6, 5, 3), layers.PReLU(shared_axes=[1, 2], name="prelu"))


def prelu_unshared() -> Any:
    return row((6, 5, 3), layers.PReLU(name="prelu"))


def tanh() -> Any:
    return row((6,), layers.Dense(4, activation="tanh", name="dense"))


def leaky_relu() -> Any:
    return row((6,), layers.LeakyReLU(name="leaky"), layers.Dense(3, name="out"))


def leaky_relu_by_name() -> Any:
    return row((6,), layers.Dense(4, activation="leaky_relu", name="dense"))


def gelu_exact() -> Any:
    return row((6,), layers.Dense(4, activation="gelu", name="dense"))


def gelu_tanh() -> Any:
    x = keras.Input((6,), name="x")
    return keras.Model(x, ops.gelu(layers.Dense(4, name="dense")(x), approximate=True))


def glu() -> Any:
    """As an operation: Activation("glu") does not know that its output has half the features."""
    x = keras.Input((6,), name="x")
    return keras.Model(x, ops.glu(layers.Dense(8, name="dense")(x)))
