"""Layers that train, and what they begin with."""

from typing import Any

import numpy as np

from parity.records.comparison import Array
from tests.semantics.keras_answers.floatx import floatx

Options = dict[str, Any]


def initial_draw(name: str, options: Options, shape: tuple[int, ...]) -> Array:
    import keras

    return np.array(getattr(keras.initializers, name)(**options)(shape, dtype="float32"))


def spectral_training(
    weights: list[Array], x: Array, y: Array, steps: int
) -> tuple[list[list[Array]], Array]:
    """All weights behind each step of SGD, and what the model predicts at the end.

    A convolution and a dense layer, both normalised; the weights are in Keras's order.
    """
    import keras

    layers = keras.layers
    with floatx("float64"):
        model = keras.Sequential(
            [
                keras.Input(x.shape[1:]),
                layers.SpectralNormalization(layers.Conv2D(3, 2)),
                layers.Flatten(),
                layers.SpectralNormalization(layers.Dense(2), power_iterations=2),
            ]
        )
        model.set_weights(weights)
        model.compile(keras.optimizers.SGD(0.1), "mse")
        path = []
        for _ in range(steps):
            model.train_on_batch(x, y)
            path.append(model.get_weights())
        return path, np.array(model.predict_on_batch(x))


def text_training(
    sizes: tuple[int, int, int, int], weights: list[Array], batches: Array, labels: Array
) -> list[list[Array]]:
    """The weights behind each batch of a classifier of padded text, under Adamax.

    sizes: of the vocabulary, a row of the table, a state and the answer; batches (steps, N, T),
    padded with 0; labels (steps, N). Weights are in Keras's order.
    """
    import keras

    layers = keras.layers
    words, columns, units, classes = sizes
    with floatx("float64"):
        model = keras.Sequential(
            [
                keras.Input(batches.shape[2:], dtype="int64"),
                layers.Embedding(words, columns, mask_zero=True),
                layers.Bidirectional(layers.GRU(units)),
                layers.Dense(classes, activation="softmax"),
            ]
        )
        model.set_weights(weights)
        model.compile(keras.optimizers.Adamax(0.01), "sparse_categorical_crossentropy")
        path = []
        for x, y in zip(batches, labels, strict=True):
            model.train_on_batch(x, y)
            path.append(model.get_weights())
    return path


def batch_norm(
    options: Options, batches: list[Array], upstream: list[Array], weight: Array, bias: Array
) -> tuple[list[list[Array]], list[Array], Array]:
    """Train on the batches, channels last, then infer on the last one.

    Returns for each batch [output, gradient by input, by gamma, by beta], the gradient being of
    sum(output * upstream); the moving mean and variance; and the inferred output.
    """
    import keras

    with floatx(str(batches[0].dtype)):
        layer = keras.layers.BatchNormalization(**options)
        layer.build(batches[0].shape)
        layer.gamma.assign(weight)
        layer.beta.assign(bias)
        train = _TRAINED[keras.backend.backend()]
        passes = [train(layer, x, up) for x, up in zip(batches, upstream, strict=True)]
        moving = [np.array(layer.moving_mean), np.array(layer.moving_variance)]
        inferred = keras.ops.convert_to_numpy(layer(batches[-1], training=False))
    return passes, moving, inferred


def _train_on_tensorflow(layer: Any, x: Array, upstream: Array) -> list[Array]:
    import tensorflow as tf

    inputs = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        output = layer(inputs, training=True)
    sources = [inputs, layer.gamma.value, layer.beta.value]
    grads = tape.gradient(output, sources, output_gradients=tf.constant(upstream))
    return [np.array(each) for each in (output, *grads)]


def _train_on_jax(layer: Any, x: Array, upstream: Array) -> list[Array]:
    import jax
    import jax.numpy as jnp

    held = [variable.value for variable in layer.non_trainable_variables]

    def call(inputs: Any, gamma: Any, beta: Any) -> Any:
        return layer.stateless_call([gamma, beta], held, inputs, training=True)

    sources = jnp.asarray(x), layer.gamma.value, layer.beta.value
    output, back, new = jax.vjp(call, *sources, has_aux=True)
    for variable, value in zip(layer.non_trainable_variables, new, strict=True):
        variable.assign(value)
    return [np.array(each) for each in (output, *back(jnp.asarray(upstream)))]


def _train_on_torch(layer: Any, x: Array, upstream: Array) -> list[Array]:
    import torch

    inputs = torch.tensor(x, requires_grad=True)
    output = layer(inputs, training=True)
    sources = [inputs, layer.gamma.value, layer.beta.value]
    grads = torch.autograd.grad(output, sources, torch.tensor(upstream))
    return [each.detach().numpy() for each in (output, *grads)]


_TRAINED = {
    "tensorflow": _train_on_tensorflow,
    "jax": _train_on_jax,
    "torch": _train_on_torch,
}
