"""Small Keras models, for ports that return one thing or another."""

import keras
import numpy as np
from keras import layers


def one():
    return keras.Sequential(
        [keras.Input((6,)), layers.Dense(5, "relu", name="hidden"), layers.Dense(3, name="out")]
    )


def flattened():
    conv = layers.Conv2D(4, 3, activation="relu")
    return keras.Sequential([keras.Input((8, 8, 3)), conv, layers.Flatten(), layers.Dense(2)])


def heads():
    taken = keras.Input((6,))
    trunk = layers.Dense(5, activation="relu", name="trunk")(taken)
    outputs = [layers.Dense(3, name="first")(trunk), layers.Dense(3, name="second")(trunk)]
    return keras.Model(taken, outputs)


def blurred_heads():
    """What both heads take goes through float32, whatever is computed in."""
    taken = keras.Input((6,))
    trunk = layers.Dense(5, activation="relu", name="trunk")(taken)
    outputs = [layers.Dense(3, name=name)(_blurred(trunk)) for name in ("first", "second")]
    return keras.Model(taken, outputs)


def blurred():
    taken = keras.Input((6,))
    hidden = layers.Dense(5, "relu", name="hidden")(taken)
    return keras.Model(taken, layers.Dense(3, name="out", use_bias=False)(_blurred(hidden)))


def _blurred(x):
    import tensorflow as tf

    return layers.Lambda(lambda x: tf.cast(tf.cast(x, tf.float32), x.dtype))(x)


def classes():
    return keras.Sequential(
        [keras.Input((6,)), layers.Dense(3, name="out"), layers.Softmax(name="shares")]
    )


def keyed():
    """Lists below a key, and the same keys in two dictionaries."""
    taken = keras.Input((6,))
    trunk = layers.Dense(5, activation="relu", name="trunk")(taken)
    a, b, c, d = (layers.Dense(3, name=name)(trunk) for name in "abcd")
    return keras.Model(taken, {"x": [{"p": a, "q": b}, {"p": c, "q": d}], "y": [trunk]})


def nested():
    """Two models with equal names inside: the paths of their variables are equal, too."""

    def inner(name):
        taken = keras.Input((6,))
        hidden = layers.Dense(5, "relu", name="hidden")(taken)
        return keras.Model(taken, layers.Dense(6, name="out")(hidden), name=name)

    taken = keras.Input((6,))
    return keras.Model(taken, inner("decoder")(inner("encoder")(taken)))


def narrow():
    """Names float32 itself, so that it cannot be run in float64 on tensorflow."""
    import tensorflow as tf

    table = layers.Lambda(lambda x: tf.matmul(x, tf.ones((6, 4), tf.float32)))
    return keras.Sequential([keras.Input((6,)), table, layers.Dense(3, name="out")])


def third():
    """Its numbers stand in the graph in float32, whatever is computed in."""
    taken = keras.Input((6,))
    hidden = layers.Dense(5, name="hidden")(taken)
    scaled = hidden * keras.ops.cast(1 / 3, hidden.dtype) + np.float32(0.7)
    return keras.Model(taken, layers.Dense(3, name="out")(scaled))


def seen():
    """What both layers give, added."""
    taken = keras.Input((6,))
    first = layers.Dense(5, name="hidden")(taken)
    second = layers.Dense(5, name="out")(layers.ReLU(name="act")(first))
    return keras.Model(taken, layers.Add(name="sum")([first, second]))


def channels_first():
    """TensorFlow has no float64 kernel for it on a CPU outside of XLA."""
    return keras.Sequential(
        [keras.Input((1, 8, 8)), layers.Conv2D(2, 3, data_format="channels_first", name="conv")]
    )


def square():
    return keras.Sequential([keras.Input((4, 4)), layers.Conv1D(3, 2, name="conv")])


def weak():
    """A branch that is lost beside its residual, as its kernels were drawn."""
    small = keras.initializers.RandomNormal(stddev=0.02, seed=1)
    taken = keras.Input((8,))
    hidden = layers.Dense(16, activation="gelu", kernel_initializer=small, name="p")(taken)
    added = layers.Dense(8, kernel_initializer=small, name="q")(hidden)
    return keras.Model(taken, layers.Add(name="sum")([taken, added]))


def several():
    """Refuses a batch of one."""

    class Several(keras.Model):
        def __init__(self):
            super().__init__()
            self.out = layers.Dense(3, name="out")

        def call(self, x):
            if x.shape[0] == 1:
                raise ValueError("give several samples")
            return self.out(x)

    return Several()


def resized():
    """Called without `training`, a Resizing has the normalisation behind it train."""
    return keras.Sequential(
        [
            keras.Input((8, 6, 2)),
            layers.Resizing(4, 3, interpolation="nearest", name="resized"),
            layers.BatchNormalization(name="norm"),
        ]
    )


def stateful():
    """Goes on where the call before it ended."""
    x = keras.Input(batch_shape=(2, 5, 3))
    return keras.Sequential([x, layers.LSTM(4, stateful=True), layers.Dense(2)])


def counted():
    """Its weights are counted up."""
    model = keras.Sequential([keras.Input((6,)), layers.Dense(3, name="out")])
    model.set_weights([np.arange(18.0).reshape(6, 3), np.zeros(3)])
    return model


def first_step():
    x = keras.Input((4, 6))
    y = layers.LayerNormalization()(layers.Add()([x, layers.Dense(6)(x)]))
    return keras.Model(x, layers.Dense(3)(y[:, 0]))
