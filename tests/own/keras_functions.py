"""Keras models with functions of a person's own, and one with a row of causal convolutions."""

from typing import Any

import keras
from keras import layers, ops


def _written_gelu(x: Any) -> Any:
    return 0.5 * x * (1.0 + ops.tanh(0.7978845608028654 * (x + 0.044715 * x**3)))


HEADS = (0, 2, 1, 3)
FUNCTIONS = {
    "gelu": lambda x: keras.activations.gelu(x, approximate=True),
    "written_gelu": _written_gelu,
    "slope": lambda x: ops.maximum(x, 0.2 * x),
    "alpha": lambda x: ops.elu(x, 0.5),
}


def _dense(activation: Any) -> Any:
    inner = layers.Dense(8, activation=activation, name="inner")
    return keras.Sequential([keras.Input((6,)), inner, layers.Dense(3)])


def _layer(function: Any) -> Any:
    own = layers.Lambda(function, name="own")
    return keras.Sequential([keras.Input((6,)), layers.Dense(8), own, layers.Dense(3)])


def dense_gelu() -> Any:
    return _dense(FUNCTIONS["gelu"])


def layer_written_gelu() -> Any:
    return _layer(FUNCTIONS["written_gelu"])


def layer_slope() -> Any:
    return _layer(FUNCTIONS["slope"])


def layer_alpha() -> Any:
    return _layer(FUNCTIONS["alpha"])


def causal() -> Any:
    convs = [layers.Conv1D(4, 3, padding="causal", dilation_rate=2, name=f"c{n}") for n in "ab"]
    mean = layers.GlobalAveragePooling1D()
    return keras.Sequential([keras.Input((12, 3)), *convs, mean, layers.Dense(2)])


def folded() -> Any:
    """Maps cut into patches, as MobileViT does: (N, P, pixels, C)."""
    x = keras.Input((8, 8, 4))
    y = ops.transpose(ops.reshape(x, (-1, 4, 2, 4, 2, 4)), (0, 2, 4, 1, 3, 5))
    y = layers.LayerNormalization(epsilon=1e-6, name="norm")(ops.reshape(y, (-1, 4, 16, 4)))
    y = ops.reshape(layers.Dense(4)(y), (-1, 2, 2, 4, 4, 4))
    y = ops.reshape(ops.transpose(y, (0, 3, 1, 4, 2, 5)), (-1, 8, 8, 4))
    return keras.Model(x, layers.Conv2D(3, 1)(y))


def tokens() -> Any:
    x = keras.Input((6, 4, 3))
    y = layers.Reshape((6, 8), name="tokens")(layers.Conv2D(8, 2, 2)(x))
    y = layers.Dense(8)(layers.LayerNormalization(epsilon=1e-5)(y))
    return keras.Model(x, layers.Dense(2)(layers.Flatten()(y)))


def attended() -> Any:
    """Attention written out, with as many tokens as heads."""
    x = keras.Input((4, 8))
    y = layers.LayerNormalization(epsilon=1e-6, name="norm")(x)

    def heads(name: str) -> Any:
        return ops.transpose(ops.reshape(layers.Dense(8, name=name)(y), (-1, 4, 4, 2)), HEADS)

    query, key, value = map(heads, ("query", "key", "value"))
    scores = ops.matmul(query, ops.transpose(key, (0, 1, 3, 2))) * 2**-0.5
    y = ops.transpose(ops.matmul(ops.softmax(scores), value), HEADS)
    return keras.Model(x, x + layers.Dense(8, name="out")(ops.reshape(y, (-1, 4, 8))))


def patches() -> Any:
    """Attention within each of four patches, (N, P, L, C), of projections in one."""
    x = keras.Input((20, 6))
    y = layers.LayerNormalization(epsilon=1e-6, name="norm")(ops.reshape(x, (-1, 4, 5, 6)))
    parts = ops.reshape(layers.Dense(18, name="qkv")(y), (-1, 4, 5, 3, 2, 3))
    query, key, value = ops.unstack(ops.transpose(parts, (3, 0, 1, 4, 2, 5)), 3)
    weights = ops.softmax(ops.matmul(query * 3**-0.5, ops.swapaxes(key, -1, -2)))
    together = ops.reshape(ops.swapaxes(ops.matmul(weights, value), -3, -2), (-1, 4, 5, 6))
    return keras.Model(x, layers.Dense(6, name="out")(together))


def frames() -> Any:
    """Each frame of a clip by itself, and then all in their order."""
    each = layers.TimeDistributed
    return keras.Sequential(
        [
            keras.Input((4, 7, 8, 3)),
            each(layers.Conv2D(4, 3, activation="elu")),
            each(layers.BatchNormalization(epsilon=1e-3)),
            each(layers.GlobalAveragePooling2D()),
            layers.LSTM(5),
        ]
    )


def dropped_frames() -> Any:
    each = layers.TimeDistributed
    return keras.Sequential(
        [
            keras.Input((4, 7, 8, 3)),
            each(layers.Conv2D(4, 3)),
            each(layers.Dropout(0.3)),
            each(layers.GlobalAveragePooling2D()),
            layers.LSTM(5),
        ]
    )


def states() -> Any:
    """Of both directions, the hidden ones and the cells, each with a head of its own."""
    taken = keras.Input((5, 3))
    hidden = layers.Dense(3, activation="tanh", name="first")(taken)
    both = layers.Bidirectional(layers.LSTM(4, return_state=True), name="both")
    heads = [layers.Dense(2, name=f"head_{n}")(x) for n, x in enumerate(both(hidden)[1:])]
    return keras.Model(taken, heads)


def encoded() -> Any:
    """A sequence from where another left the state."""
    taken = keras.Input((5, 3))
    _, hidden, cells = layers.LSTM(4, return_state=True, name="encoder")(taken)
    decoder = layers.LSTM(4, return_sequences=True, name="decoder")
    return keras.Model(
        taken, layers.Dense(2, name="out")(decoder(taken, initial_state=[hidden, cells]))
    )


def padded_maximum() -> Any:
    """Of negative values, too: behind no ReLU, zeros in the padding exceed them."""
    return keras.Sequential(
        [
            keras.Input((6, 6, 2)),
            layers.Conv2D(3, 1),
            layers.ZeroPadding2D(1),
            layers.MaxPooling2D(3, 2),
        ]
    )


def attending() -> Any:
    one, other = keras.Input((4, 6)), keras.Input((4, 6))
    return keras.Model([one, other], layers.MultiHeadAttention(2, 3, name="attention")(one, other))


class _Gate(layers.Layer):  # type: ignore[misc]
    def call(self, x: Any) -> Any:
        value, gate = ops.split(x, 2, axis=-1)
        return value * ops.sigmoid(gate)


def gated() -> Any:
    return keras.Sequential([keras.Input((5, 3)), layers.Dense(8), _Gate(), layers.Dense(2)])


def recurrent() -> Any:
    return keras.Sequential(
        [keras.Input((5, 3)), layers.LSTM(4, return_sequences=True), layers.GRU(4), layers.Dense(2)]
    )


def highway() -> Any:
    taken = keras.Input((5,))
    gate, value = layers.Dense(5, "sigmoid")(taken), layers.Dense(5, "relu")(taken)
    kept = layers.Multiply()([layers.Lambda(lambda x: 1 - x)(gate), taken])
    return keras.Model(taken, layers.Add()([layers.Multiply()([gate, value]), kept]))
