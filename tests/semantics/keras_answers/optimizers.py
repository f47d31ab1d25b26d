"""Optimizers, and the rates that they learn by."""

from collections.abc import Callable
from typing import Any

import numpy as np

from parity.records.comparison import Array
from tests.semantics.keras_answers.floatx import floatx

Options = dict[str, Any]


def optimizer_path(
    name: str, options: Options, weights: list[Array], grads: list[list[Array]], compiled: bool
) -> tuple[list[list[Array]], dict[str, Array]]:
    """The weights after every step, and the optimizer's variables at the end, by name.

    The variables of weight i end in "w{i}_{slot}"; Nadam's product is "u_product".
    """
    import keras

    with floatx(str(weights[0].dtype)):
        variables = [
            keras.Variable(value, dtype=str(value.dtype), name=f"w{i}")
            for i, value in enumerate(weights)
        ]
        optimizer = getattr(keras.optimizers, name)(**options)
        optimizer.build(variables)
        step = _STEPS[keras.backend.backend()](optimizer, variables, compiled)
        path = []
        for each in grads:
            step([keras.ops.convert_to_tensor(grad) for grad in each])
            path.append([np.array(variable) for variable in variables])
        held = {variable.name: np.array(variable) for variable in optimizer.variables}
        if hasattr(optimizer, "_u_product"):
            held["u_product"] = np.array(optimizer._u_product)
    return path, held


def embedding_path(
    name: str, options: Options, table: Array, ids: list[Array], rows: list[Array]
) -> list[Array]:
    """The table after every step, where the gradient of each row that is looked up is given.

    ids (steps, lookups, any shape) and rows (steps, lookups, that shape, columns); compiled, as in
    fit.
    """
    import keras

    with floatx(str(table.dtype)):
        variable = keras.Variable(table, dtype=str(table.dtype), name="table")
        optimizer = getattr(keras.optimizers, name)(**options)
        optimizer.build([variable])
        step = _LOOKUPS[keras.backend.backend()](optimizer, variable)
        path = []
        for each, upstream in zip(ids, rows, strict=True):
            step(each, upstream)
            path.append(np.array(variable))
    return path


def _tensorflow_lookup(optimizer: Any, table: Any) -> Callable[[Array, Array], None]:
    import keras
    import tensorflow as tf

    def step(ids: Any, upstream: Any) -> None:
        with tf.GradientTape() as tape:
            rows = [keras.ops.take(table, each, axis=0) for each in tf.unstack(ids)]
            total = tf.reduce_sum(tf.stack(rows) * upstream)
        gradient = tape.gradient(total, table.value)
        assert isinstance(gradient, tf.IndexedSlices)
        optimizer.apply([gradient], [table])

    compiled = tf.function(step)
    return lambda ids, upstream: compiled(tf.constant(ids), tf.constant(upstream))


def _dense_lookup(optimizer: Any, table: Any) -> Callable[[Array, Array], None]:
    import keras

    apply = _STEPS[keras.backend.backend()](optimizer, [table], True)

    def step(ids: Array, upstream: Array) -> None:
        gradient = np.zeros(table.shape, upstream.dtype)
        np.add.at(gradient, ids, upstream)
        apply([keras.ops.convert_to_tensor(gradient)])

    return step


_LOOKUPS = {"tensorflow": _tensorflow_lookup, "jax": _dense_lookup, "torch": _dense_lookup}


def _tensorflow_step(optimizer: Any, variables: Any, compiled: bool) -> Callable[[Any], None]:
    import tensorflow as tf

    def step(grads: Any) -> None:
        optimizer.apply(grads, variables)

    return tf.function(step) if compiled else step


def _jax_step(optimizer: Any, variables: Any, compiled: bool) -> Callable[[Any], None]:
    import jax

    def step(grads: Any) -> None:
        optimizer.apply(grads, variables)

    apply = jax.jit(optimizer.stateless_apply)

    def compiled_step(grads: Any) -> None:
        held = [variable.value for variable in optimizer.variables]
        new, held = apply(held, grads, [variable.value for variable in variables])
        for variable, value in zip(variables, new, strict=True):
            variable.assign(value)
        for variable, value in zip(optimizer.variables, held, strict=True):
            variable.assign(value)

    return compiled_step if compiled else step


def _torch_step(optimizer: Any, variables: Any, compiled: bool) -> Callable[[Any], None]:
    def step(grads: Any) -> None:
        optimizer.apply(grads, variables)

    return step  # Keras compiles nothing on torch


_STEPS = {"tensorflow": _tensorflow_step, "jax": _jax_step, "torch": _torch_step}


def schedule_rates(name: str, options: Options, steps: int) -> Array:
    """The rate at each step, compiled, as it comes to a float64 weight: float64."""
    import keras

    with floatx("float64"):
        schedule = getattr(keras.optimizers.schedules, name)(**options)
        count = keras.Variable(0, dtype="int", trainable=False)
        rate = _COMPILED[keras.backend.backend()](schedule, count)
        rates = []
        for step in range(steps):
            count.assign(step)
            rates.append(float(keras.ops.convert_to_numpy(rate())))
    return np.array(rates)


def _compiled_on_tensorflow(schedule: Any, count: Any) -> Callable[[], Any]:
    import tensorflow as tf

    rate: Callable[[], Any] = tf.function(lambda: schedule(count), autograph=False)
    return rate


def _compiled_on_jax(schedule: Any, count: Any) -> Callable[[], Any]:
    import jax

    rate = jax.jit(schedule)
    return lambda: rate(count.value)


_COMPILED: dict[str, Callable[[Any, Any], Callable[[], Any]]] = {
    "tensorflow": _compiled_on_tensorflow,
    "jax": _compiled_on_jax,
    "torch": lambda schedule, count: lambda: schedule(count),
}


def plateau_rates(options: Options, losses: list[float], dtype: str) -> list[float]:
    """The learning rate behind each epoch, from 0.1 on."""
    import keras

    with floatx(dtype):
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        model.compile(keras.optimizers.SGD(0.1), "mse")
        plateau = keras.callbacks.ReduceLROnPlateau(monitor="loss", **options)
        plateau.set_model(model)
        plateau.on_train_begin()
        rates = []
        for epoch, loss in enumerate(losses):
            plateau.on_epoch_end(epoch, {"loss": loss})
            rates.append(float(keras.ops.convert_to_numpy(model.optimizer.learning_rate)))
    return rates
