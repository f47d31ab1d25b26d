"""What Keras itself does, for a worker to run: `sides.keras.run(optimizer_path, ...)`.

Keras is imported inside the functions, because the process that sends them here has none. Each
function puts the floating type back as it was: the worker serves other tests too.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from parity.records.comparison import Array

Options = dict[str, Any]


@contextlib.contextmanager
def floatx(dtype: str) -> Iterator[None]:
    import keras

    before = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        keras.config.set_floatx(before[0])
        keras.config.set_dtype_policy(before[1])


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


def initial_draw(name: str, options: Options, shape: tuple[int, ...]) -> Array:
    import keras

    return np.array(getattr(keras.initializers, name)(**options)(shape, dtype="float32"))


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
