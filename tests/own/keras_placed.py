"""Keras models whose ports hold the same weights otherwise: computed, packed, split or tied."""

from typing import Any

import keras
from keras import layers, ops


class Attention(layers.Layer):  # type: ignore[misc]
    """Self-attention of four Dense."""

    def __init__(self, width: int = 8, heads: int = 2) -> None:
        super().__init__()
        self.width, self.heads = width, heads
        self.q, self.k, self.v, self.o = (layers.Dense(width) for _ in range(4))

    def call(self, x: Any) -> Any:
        length, size = x.shape[1], self.width // self.heads

        def split(y: Any) -> Any:
            return ops.transpose(ops.reshape(y, (-1, length, self.heads, size)), (0, 2, 1, 3))

        q, k, v = split(self.q(x)), split(self.k(x)), split(self.v(x))
        p = ops.softmax(ops.matmul(q, ops.transpose(k, (0, 1, 3, 2))) / size**0.5)
        y = ops.transpose(ops.matmul(p, v), (0, 2, 1, 3))
        return self.o(ops.reshape(y, (-1, length, self.width)))


class Normalised(layers.Layer):  # type: ignore[misc]
    """A normalisation of one's own."""

    def build(self, shape: Any) -> None:
        self.gamma = self.add_weight(shape=(shape[-1],), initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=(shape[-1],), name="beta")

    def call(self, x: Any) -> Any:
        mean = ops.mean(x, -1, keepdims=True)
        variance = ops.mean(ops.square(x - mean), -1, keepdims=True)
        return (x - mean) / ops.sqrt(variance + 1e-3) * self.gamma + self.beta


class Spare(Normalised):
    """With a weight that nothing reads, unless it is asked to."""

    def __init__(self, is_read: bool) -> None:
        super().__init__()
        self.is_read = is_read

    def build(self, shape: Any) -> None:
        super().build(shape)
        self.spare = self.add_weight(shape=(shape[-1], 3), name="spare")

    def call(self, x: Any) -> Any:
        y = super().call(x)
        return y + ops.mean(ops.matmul(x, self.spare), -1, keepdims=True) if self.is_read else y


class Gated(layers.Layer):  # type: ignore[misc]
    def __init__(self, units: int) -> None:
        super().__init__()
        self.a, self.b = layers.Dense(units), layers.Dense(units)

    def call(self, x: Any) -> Any:
        return self.a(x) * ops.sigmoid(self.b(x))


def dense() -> Any:
    return keras.Sequential(
        [keras.Input((6,)), layers.Dense(5, activation="relu"), layers.Dense(3)]
    )


def spectral() -> Any:
    inside = layers.Conv2D(4, 3, activation="relu")
    return keras.Sequential(
        [keras.Input((6, 6, 2)), layers.SpectralNormalization(inside), layers.Conv2D(2, 1)]
    )


def attention() -> Any:
    return keras.Sequential([keras.Input((5, 8)), Attention()])


def multi_head() -> Any:
    x = keras.Input((5, 8))
    return keras.Model(x, layers.MultiHeadAttention(2, 4)(x, x))


def normalised_attention() -> Any:
    return keras.Sequential([keras.Input((5, 8)), Normalised(), Attention(), layers.Dense(2)])


def layer_normalised_attention() -> Any:
    parts = [layers.LayerNormalization(epsilon=1e-3), Attention(), layers.Dense(2)]
    return keras.Sequential([keras.Input((5, 8)), *parts])


def words_with_attention() -> Any:
    """The second table, of the way back, is never used."""
    table = layers.ReversibleEmbedding(9, 8, tie_weights=False)
    return keras.Sequential([keras.Input((5,), dtype="int32"), table, Attention(), layers.Dense(2)])


def spare() -> Any:
    return keras.Sequential([keras.Input((5, 8)), Spare(False), layers.Dense(2)])


def spare_that_is_read() -> Any:
    return keras.Sequential([keras.Input((5, 8)), Spare(True), layers.Dense(2)])


def gated() -> Any:
    return keras.Sequential([keras.Input((6,)), Gated(5), layers.Dense(2)])


def fused() -> Any:
    """One kernel for what a port computes in two."""
    x, y = keras.Input((4,)), keras.Input((3,))
    return keras.Model([x, y], layers.Dense(2)(layers.Concatenate()([x, y])))


def unbiased() -> Any:
    last = layers.Dense(3, use_bias=False)
    return keras.Sequential([keras.Input((6,)), layers.Dense(5, activation="relu"), last])


def rms() -> Any:
    return keras.Sequential(
        [
            keras.Input((8,)),
            layers.Dense(32),
            layers.RMSNormalization(epsilon=1e-6),
            layers.Dense(16),
        ]
    )


def own_norm() -> Any:
    return keras.Sequential([keras.Input((6,)), layers.Dense(8), Normalised(), layers.Dense(3)])


def patches() -> Any:
    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Conv2D(6, 4, 4),
            layers.Reshape((4, 6)),
            layers.Dense(2),
        ]
    )


def whole_map() -> Any:
    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Conv2D(6, 8, activation="relu"),
            layers.Flatten(),
            layers.Dense(2),
        ]
    )


def table() -> Any:
    words = keras.Input((4,), dtype="int32")
    return keras.Model(words, layers.Dense(2)(layers.Embedding(5, 3, name="table")(words)))
