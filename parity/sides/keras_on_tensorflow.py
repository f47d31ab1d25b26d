"""Training steps of a compiled Keras model on tensorflow, in graphs as `fit` runs them."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import tensorflow as tf

from parity.records.comparison import Array
from parity.records.training import AS_MATCHED
from parity.sides.keras_draws import Draws, SharedDraws, in_mode

Batch = tuple[Any, Any, Any, Draws]  # inputs, target, weights of samples, draws


class Stepper:
    def __init__(self, model: Any, shared: SharedDraws, accuracy: Any) -> None:
        self.model, self._shared, self._accuracy = model, shared, accuracy
        self._train_step = tf.function(self._train)
        self._differentiate = tf.function(self._gradients)
        self._apply = tf.function(self._update)
        self._evaluate = tf.function(self._evaluated)

    def anew(self) -> "Stepper":
        """The same that has compiled nothing."""
        return Stepper(self.model, self._shared, self._accuracy)

    def advance(self, batches: Iterable[Batch]) -> list[tuple[Any, Any, Any]]:
        """Train on the batches; (loss, gradient norm, accuracy) of each."""
        return [self._train_step(*batch) for batch in batches]

    def differentiate(self, batch: Batch) -> tuple[Any, list[Any], Any]:
        """The loss of a batch in training mode, its gradients, and that of the inputs."""
        x, y, w, draws = batch
        x = tf.nest.map_structure(tf.convert_to_tensor, x)
        loss, gradients, of_inputs = self._differentiate(x, y, w, draws)
        return loss, gradients, of_inputs

    def evaluate(self, batch: Batch) -> Any:
        """The loss of a batch at inference."""
        return self._evaluate(*batch[:3])

    def loss(self, batch: Batch) -> Any:
        """The same outside of a graph."""
        return self._evaluated(*batch[:3])

    def apply(self, gradients: list[Any]) -> None:
        """One step of the optimizer on these gradients."""
        self._apply([tf.convert_to_tensor(gradient) for gradient in gradients])

    def _loss(self, x: Any, y: Any, w: Any, draws: Draws | None) -> tuple[Any, Any]:
        with self._shared.given(draws):
            output = self.model(x, **in_mode(self.model, True))
        return self.model._compute_loss(x, y, output, w, training=True), output

    def _evaluated(self, x: Any, y: Any, w: Any) -> Any:
        output = self.model(x, **in_mode(self.model, False))
        return self.model._compute_loss(x, y, output, w, training=False)

    def _train(self, x: Any, y: Any, w: Any, draws: Draws | None) -> tuple[Any, Any, Any]:
        loss, gradients, accuracy = self.update(x, y, w, draws)
        norm = tf.linalg.global_norm([tf.cast(gradient, tf.float64) for gradient in gradients])
        return loss, norm, tf.cast(accuracy, tf.float64)

    def update(self, x: Any, y: Any, w: Any, draws: Draws | None) -> tuple[Any, list[Any], Any]:
        """One step, to be compiled: its loss, gradients and accuracy."""
        with tf.GradientTape() as tape:
            loss, output = self._loss(x, y, w, draws)
        weights = self.model.trainable_weights
        gradients = tape.gradient(loss, weights)
        self.model.optimizer.apply_gradients(zip(gradients, weights, strict=True))
        accuracy = tf.reduce_mean(tf.cast(self._accuracy(y, output), tf.float32))
        return loss, gradients, accuracy

    def _gradients(self, x: Any, y: Any, w: Any, draws: Draws | None) -> tuple[Any, list[Any], Any]:
        watched = [leaf for leaf in tf.nest.flatten(x) if leaf.dtype.is_floating]
        with tf.GradientTape() as tape:
            tape.watch(watched)
            loss, _ = self._loss(x, y, w, draws)
        weights = self.model.trainable_weights
        gradients, of_inputs = tape.gradient(
            loss, (weights, watched), unconnected_gradients=tf.UnconnectedGradients.ZERO
        )
        dense = [tf.convert_to_tensor(gradient) for gradient in gradients]
        return loss, dense, of_inputs

    def _update(self, gradients: list[Any]) -> None:
        weights = self.model.trainable_weights
        self.model.optimizer.apply_gradients(zip(gradients, weights, strict=True))


IN_ONE_GRAPH, XLA = "many steps in one graph", "many steps in one graph, XLA"


class Loop:
    """Steps on tensors that lie on the device, one a call; tuned: a whole stretch in one graph."""

    def __init__(self, stepper: Stepper, is_tuned: bool, way: str = "") -> None:
        """way: one of `ways`; "" for the last."""
        self._stepper = stepper
        self.about = "tf.function, a call a step, on tensors on the device"
        self.ways = (AS_MATCHED, IN_ONE_GRAPH, XLA)
        if is_tuned and not _gains_from_xla(stepper):
            self.ways = (AS_MATCHED, XLA, IN_ONE_GRAPH)
        if is_tuned:
            self.about = way or self.ways[-1]
        self._is_tuned = self.about in (IN_ONE_GRAPH, XLA)
        compiled = self.about == XLA
        self._one = tf.function(self._step, jit_compile=compiled, reduce_retracing=True)
        self._many = tf.function(self._stretch, jit_compile=compiled, reduce_retracing=True)

    def place(self, x: Any, y: Any, w: Any = None) -> None:
        self._data = tf.nest.map_structure(_tensor, (x, y, w))

    def steps(self, batches: list[Array]) -> Array:
        if self._is_tuned and len(batches) > 1:
            # The last batch of an epoch is smaller, and so no row of one array with the others.
            whole = [batch for batch in batches if len(batch) == len(batches[0])]
            rest = batches[len(whole) :]
            found: Array = self._many(self._data, np.stack(whole)).numpy()
            return np.concatenate([found, self.steps(rest)]) if rest else found
        figures = [self._one(self._data, tf.constant(batch)) for batch in batches]
        table: Array = tf.stack(figures).numpy()
        return table

    def _stretch(self, data: Any, batches: Any) -> Any:
        figures = tf.TensorArray(tf.float64, size=tf.shape(batches)[0])
        for number in tf.range(tf.shape(batches)[0]):
            figures = figures.write(number, self._step(data, batches[number]))
        return figures.stack()

    def _step(self, data: Any, chosen: Any) -> Any:
        rows = tf.nest.map_structure(lambda x: None if x is None else tf.gather(x, chosen), data)
        x, y, w = rows
        loss, _, accuracy = self._stepper.update(x, y, w, None)
        return tf.stack([tf.cast(loss, tf.float64), tf.cast(accuracy, tf.float64)])


def _tensor(array: Array | None) -> Any:
    return None if array is None else tf.convert_to_tensor(array)


def _gains_from_xla(stepper: Stepper) -> bool:
    """On a GPU, yes. On a CPU simple_ae took 0.7 of its time with XLA, mlp 0.9, but cnn 1.6."""
    kinds = [type(layer).__name__ for layer in stepper.model.layers]
    on_gpu = bool(tf.config.list_physical_devices("GPU"))
    return on_gpu or not any("Conv" in kind for kind in kinds)
