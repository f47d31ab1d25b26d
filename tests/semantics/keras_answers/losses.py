"""Losses, metrics, penalties and constraints."""

from typing import Any

import numpy as np

from parity.records.comparison import Array
from tests.semantics.keras_answers.floatx import floatx

Options = dict[str, Any]


def loss_and_gradient(
    name: str, options: Options, output: Array, target: Array, activation: str | None, mode: str
) -> tuple[Array, Array]:
    """The loss, and its gradient by `output`; where it is an array, the gradient of its sum.

    activation: what is put on the output first, by a layer, inside the same graph.
    mode: "compiled", or "eager" where the backend has it.
    """
    import keras

    dtype = str(output.dtype)
    with floatx(dtype):
        loss = getattr(keras.losses, name)(**options)
        layer = keras.layers.Activation(activation or "linear", dtype=dtype)

        def value(x: Any, y: Any) -> Any:
            return loss(y, layer(x) if activation else x)

        differentiate = _GRADIENTS[keras.backend.backend()]
        answer, gradient = differentiate(value, output, target, mode == "compiled")
    return answer, gradient


def _tensorflow_gradient(value: Any, output: Array, target: Array, compiled: bool) -> Any:
    import tensorflow as tf

    def both(x: Any, y: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            answer = value(x, y)
        return answer, tape.gradient(answer, x)

    run = tf.function(both) if compiled else both
    return tuple(np.array(each) for each in run(tf.constant(output), tf.constant(target)))


def _jax_gradient(value: Any, output: Array, target: Array, compiled: bool) -> Any:
    import jax
    import jax.numpy as jnp

    def both(x: Any, y: Any) -> Any:
        def total(x: Any) -> Any:
            answer = value(x, y)
            return jnp.sum(answer), answer

        gradient, answer = jax.grad(total, has_aux=True)(x)
        return answer, gradient

    run = jax.jit(both) if compiled else both
    return tuple(np.array(each) for each in run(jnp.asarray(output), jnp.asarray(target)))


def _torch_gradient(value: Any, output: Array, target: Array, compiled: bool) -> Any:
    import torch

    x = torch.tensor(output, requires_grad=True)
    answer = value(x, torch.tensor(target))
    answer.sum().backward()
    assert x.grad is not None
    return answer.detach().numpy(), x.grad.numpy()


_GRADIENTS = {
    "tensorflow": _tensorflow_gradient,
    "jax": _jax_gradient,
    "torch": _torch_gradient,
}


def metric_results(name: str, options: Options, batches: list[Any], dtype: str) -> list[float]:
    """The result after each batch of (target, prediction, weight), or (values, weight)."""
    import keras

    with floatx(dtype):
        metric = getattr(keras.metrics, name)(**options)
        results = []
        for *values, weight in batches:
            metric.update_state(*values, sample_weight=weight)
            results.append(float(metric.result()))
    return results


def accuracy_metric(target_shape: tuple[int, ...], prediction_shape: tuple[int, ...]) -> str:
    """The class that `metrics=["accuracy"]` makes for these shapes."""
    import keras
    from keras.src.trainers import compile_utils

    arrays = [keras.ops.zeros(shape) for shape in (target_shape, prediction_shape)]
    return type(compile_utils.get_metric("accuracy", *arrays)).__name__


def constrained(name: str, options: Options, weight: Array) -> Array:
    import keras

    with floatx(str(weight.dtype)):
        variable = keras.Variable(weight, dtype=str(weight.dtype))
        found = getattr(keras.constraints, name)(**options)(variable)
        return np.array(keras.ops.convert_to_numpy(found))


def penalties(name: str, options: Options, values: Array) -> list[float]:
    """A regulariser's penalty for these values as a weight, and as what a layer gives."""
    import keras

    with floatx(str(values.dtype)):
        regularizer = getattr(keras.regularizers, name)(**options)
        x = keras.ops.convert_to_tensor(values)
        layer = keras.layers.Activation("linear", activity_regularizer=regularizer)
        layer(x)
        return [float(keras.ops.convert_to_numpy(y)) for y in (regularizer(x), layer.losses[0])]
