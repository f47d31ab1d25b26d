"""Ways to write a model."""

from typing import Any

import keras
from keras import layers, ops


def shared_dense() -> Any:
    x = keras.Input((6,), name="x")
    shared = layers.Dense(6, activation="tanh", name="shared")
    return keras.Model(x, layers.Dense(2, name="out")(shared(shared(x))))


@keras.saving.register_keras_serializable("coverage")
class Residual(keras.Model):  # type: ignore[misc]
    """A model whose pass is written by hand."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.first = layers.Dense(6, activation="relu", name="first")
        self.second = layers.Dense(6, name="second")
        self.out = layers.Dense(2, name="out")

    def call(self, x: Any) -> Any:
        return self.out(x + self.second(self.first(x)))


def subclassed() -> Any:
    model = Residual(name="residual")
    model(keras.Input((6,)))
    return model


def nested() -> Any:
    inner = keras.Sequential(
        [
            keras.Input((6, 5, 3)),
            layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.MaxPooling2D(2, name="pool"),
        ],
        name="features",
    )
    x = keras.Input((6, 5, 3), name="x")
    flat = layers.Flatten(name="flatten")(inner(x))
    return keras.Model(x, layers.Dense(2, name="out")(flat))


def two_inputs_two_outputs() -> Any:
    image, extra = keras.Input((6, 5, 3), name="image"), keras.Input((4,), name="extra")
    features = layers.GlobalAveragePooling2D(name="pool")(layers.Conv2D(5, 3, name="conv")(image))
    both = layers.Concatenate(name="both")([features, layers.Dense(3, name="dense")(extra)])
    outputs = [
        layers.Dense(3, activation="softmax", name="kind")(both),
        layers.Dense(1, name="size")(both),
    ]
    return keras.Model([image, extra], outputs)


def dictionary_inputs() -> Any:
    x = {"left": keras.Input((4,), name="left"), "right": keras.Input((3,), name="right")}
    left, right = layers.Dense(5, name="of_left")(x["left"]), layers.Dense(5, name="of_right")
    return keras.Model(x, layers.Multiply(name="both")([left, right(x["right"])]))


def keras_ops() -> Any:
    x = keras.Input((6, 5, 3), name="x")
    y = ops.relu(layers.Conv2D(4, 3, padding="same", name="conv")(x))
    y = ops.mean(y, axis=(1, 2)) + ops.max(y, axis=(1, 2))
    y = ops.concatenate([y, ops.sigmoid(layers.Dense(3, name="gate")(y))], axis=-1)
    return keras.Model(x, layers.Dense(2, name="out")(y))
