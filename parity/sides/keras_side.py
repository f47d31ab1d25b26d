"""The Keras side: the verbs of verbs.py on Keras 3 models, on any of its backends."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import keras
import numpy as np
from keras import ops

from parity.errors import ModelError
from parity.records import Array, Dtype, Step, Task, Trace, Variable
from parity.sides import keras_backend, modules

PREDICT_BATCH = 1000
PROGRESS_BATCHES = 20


@dataclass
class Held:
    """A model under a key, with what training it needs."""

    module: ModuleType
    model: Any
    dtype: Dtype
    images: Array | None = None
    target: Array | None = None


class KerasSide:
    name = "keras"

    def __init__(self, device: str = "cpu") -> None:
        """device: "cpu", "cuda", or "auto" for cuda where there is one."""
        self._device = keras_backend.configure(device)
        self._held: dict[str, Held] = {}

    def describe(self) -> dict[str, Any]:
        return {
            "keras": keras.__version__,
            "keras_backend": keras.backend.backend(),
            **keras_backend.versions(),
            "keras_device": self._device,
        }

    def build(self, key: str, module: str, dtype: Dtype, seed: int) -> None:
        loaded = modules.load(module)
        _use(dtype)
        # Keras numbers what has no name; numbering from one again gives every build equal paths.
        keras.utils.clear_session(free_memory=False)
        keras.utils.set_random_seed(seed)
        self._held[key] = Held(loaded, loaded.build(), dtype)

    def weights(self, key: str) -> dict[str, Array]:
        model = self._held[key].model
        return {variable.path: _array(variable.value).copy() for variable in model.variables}

    def assign(self, key: str, weights: dict[str, Array]) -> None:
        variables = {variable.path: variable for variable in self._held[key].model.variables}
        for path, array in weights.items():
            if tuple(variables[path].shape) != array.shape:
                raise ModelError(f"`{path}`: got {array.shape}, need {variables[path].shape}")
            variables[path].assign(array)

    def trace(self, key: str, images: Array) -> Trace:
        held = self._use(key)
        model = held.model
        layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
        tap = keras.Model(model.inputs, [[_first(layer.input), layer.output] for layer in layers])
        results = tap([held.module.prepare(images, held.dtype)], training=False)
        inputs = {layer.name: _array(x) for layer, (x, _) in zip(layers, results, strict=True)}
        outputs = {layer.name: _array(y) for layer, (_, y) in zip(layers, results, strict=True)}
        steps = tuple(_step(layer, outputs[layer.name].shape) for layer in layers)
        return Trace(steps, inputs, outputs, tuple(_variable(v) for v in model.variables))

    def replay(self, key: str, jobs: dict[str, tuple[tuple[str, ...], Array]]) -> dict[str, Array]:
        held = self._use(key)
        outputs = {}
        for job, (steps, x) in jobs.items():
            value = ops.convert_to_tensor(np.asarray(x, held.dtype))
            for step in steps:
                value = held.model.get_layer(step)(value, training=False)
            outputs[job] = _array(value)
        return outputs

    def recipe(self, module: str) -> dict[str, Any]:
        loaded = modules.load(module)
        return {
            "loss": type(loaded.loss()).__name__,
            "batch_size": loaded.BATCH_SIZE,
            "epochs": loaded.EPOCHS,
        }

    def feed(self, key: str, task: Task, images: Array, labels: Array) -> None:
        held = self._use(key)
        held.images = images
        held.target = held.module.target(images, labels, held.dtype)
        held.model.compile(
            optimizer=held.module.optimizer(),
            loss=held.module.loss(),
            metrics=[_class_accuracy if task == "classify" else _pixel_accuracy],
        )

    def fit(
        self, key: str, order: Array, noise_key: tuple[int, ...], progress: Callable[[int], None]
    ) -> tuple[float, float, float]:
        held = self._use(key)
        assert held.images is not None
        assert held.target is not None
        batch_size = held.module.BATCH_SIZE
        x = modules.inputs(held.module, held.images, held.dtype, noise_key)
        start = time.perf_counter()
        history = held.model.fit(
            x[order],
            held.target[order],
            batch_size=batch_size,
            epochs=1,
            shuffle=False,  # the order is the shuffle
            verbose=0,
            callbacks=[_Progress(progress, batch_size, len(order))],
        ).history
        seconds = time.perf_counter() - start  # fit returns numbers: the device has finished
        accuracy = next(values for name, values in history.items() if name != "loss")
        return float(history["loss"][0]), float(accuracy[0]), seconds

    def predict(self, key: str, images: Array, noise_key: tuple[int, ...]) -> Array:
        held = self._use(key)
        x = modules.inputs(held.module, images, held.dtype, noise_key)
        output = held.model.predict(x, batch_size=PREDICT_BATCH, verbose=0)
        return _array(held.module.prediction(output))

    # What only this side can do.

    def float32_leak(self, key: str, layer: str, x: Array) -> bool:
        """Does this layer of a float64 model compute its product in float32?

        Its bias set to zero and its activation taken away, every number that it gives for x is a
        float32 number: 29 bits of the mantissa are zero, which float64 arithmetic does not do.
        """
        held = self._use(key)
        target = held.model.get_layer(layer)
        if not hasattr(target, "kernel") or held.dtype != "float64":
            return False
        bias, activation = target.bias, target.activation
        kept = _array(bias.value).copy()
        try:
            bias.assign(np.zeros_like(kept))
            target.activation = keras.activations.linear
            output = _array(target(ops.convert_to_tensor(x), training=False))
        finally:
            bias.assign(kept)
            target.activation = activation
        return bool(np.array_equal(output, output.astype("float32").astype("float64")))

    def save(self, key: str, path: str) -> None:
        """Write the model's weights as Keras's own `.weights.h5`."""
        self._held[key].model.save_weights(path)

    def read(self, key: str, path: str) -> None:
        """Read weights that `save_weights` wrote. Raises ModelError where they do not fit."""
        try:
            self._held[key].model.load_weights(path)
        except (ValueError, OSError, KeyError) as error:
            raise ModelError(f"{path} does not hold this model's weights: {error}") from error

    def _use(self, key: str) -> Held:
        held = self._held[key]
        _use(held.dtype)
        return held


class _Progress(keras.callbacks.Callback):  # type: ignore[misc]
    async_safe = True  # it reads no logs, so Keras need not fetch them from the device

    def __init__(self, report: Callable[[int], None], batch_size: int, samples: int) -> None:
        super().__init__()
        self._report, self._batch_size, self._samples = report, batch_size, samples

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        seen = min((batch + 1) * self._batch_size, self._samples)
        if batch % PROGRESS_BATCHES == 0 or seen == self._samples:
            self._report(seen)


def _use(dtype: Dtype) -> None:
    """Keras's global float type: some operations take it from here, not from their arguments."""
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)


def _step(layer: Any, shape: tuple[int, ...]) -> Step:
    activation = getattr(getattr(layer, "activation", None), "__name__", "")
    producer = _first(layer.input)._keras_history.operation
    source = "" if isinstance(producer, keras.layers.InputLayer) else producer.name
    return Step(
        layer.name,
        type(layer).__name__,
        tuple(shape),
        activation="" if activation == "linear" else activation,
        inputs=(source,),
        variables=tuple(_variable(variable) for variable in layer.variables),
    )


def _variable(variable: Any) -> Variable:
    is_state = "seed_generator" in variable.path
    return Variable(
        variable.path, variable.name, tuple(variable.shape), "state" if is_state else "weight"
    )


def _class_accuracy(y_true: Any, y_pred: Any) -> Any:
    """The running accuracy of one batch; parity/metrics.py is its definition."""
    return ops.equal(ops.argmax(y_true, axis=-1), ops.argmax(y_pred, axis=-1))


def _pixel_accuracy(y_true: Any, y_pred: Any) -> Any:
    """The running accuracy of one batch; parity/metrics.py is its definition."""
    return ops.equal(y_true > 0.5, y_pred > 0.5)


def _first(tensors: Any) -> Any:
    return tensors[0] if isinstance(tensors, list | tuple) else tensors


def _array(tensor: Any) -> Array:
    return np.asarray(ops.convert_to_numpy(tensor))
