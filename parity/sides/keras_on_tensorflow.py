"""Training steps of a compiled Keras model on tensorflow, in graphs as `fit` runs them."""

from collections.abc import Iterable
from typing import Any

import tensorflow as tf

from parity.sides.keras_draws import Draws, SharedDraws

Batch = tuple[Any, Any, Draws]  # inputs, target, draws


class Stepper:
    def __init__(self, model: Any, shared: SharedDraws, accuracy: Any) -> None:
        self._model, self._shared, self._accuracy = model, shared, accuracy
        self._train_step = tf.function(self._train)
        self._differentiate = tf.function(self._gradients)
        self._apply = tf.function(self._update)

    def advance(self, batches: Iterable[Batch]) -> list[tuple[Any, Any, Any]]:
        """Train on the batches; (loss, gradient norm, accuracy) of each."""
        return [self._train_step(*batch) for batch in batches]

    def differentiate(self, batch: Batch) -> tuple[Any, list[Any], Any]:
        """The loss of a batch in training mode, its gradients, and that of the inputs."""
        x, y, draws = batch
        loss, gradients, of_input = self._differentiate(tf.convert_to_tensor(x), y, draws)
        return loss, gradients, of_input

    def apply(self, gradients: list[Any]) -> None:
        """One step of the optimizer on these gradients."""
        self._apply([tf.convert_to_tensor(gradient) for gradient in gradients])

    def _loss(self, x: Any, y: Any, draws: Draws) -> tuple[Any, Any]:
        with self._shared.given(draws):
            output = self._model(x, training=True)
        loss = self._model.compute_loss(x=x, y=y, y_pred=output, training=True)
        return loss, output

    def _train(self, x: Any, y: Any, draws: Draws) -> tuple[Any, Any, Any]:
        with tf.GradientTape() as tape:
            loss, output = self._loss(x, y, draws)
        weights = self._model.trainable_weights
        gradients = tape.gradient(loss, weights)
        self._model.optimizer.apply_gradients(zip(gradients, weights, strict=True))
        accuracy = tf.reduce_mean(tf.cast(self._accuracy(y, output), tf.float64))
        norm = tf.linalg.global_norm([tf.cast(gradient, tf.float64) for gradient in gradients])
        return loss, norm, accuracy

    def _gradients(self, x: Any, y: Any, draws: Draws) -> tuple[Any, list[Any], Any]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss, _ = self._loss(x, y, draws)
        gradients, of_input = tape.gradient(loss, (self._model.trainable_weights, x))
        return loss, gradients, of_input

    def _update(self, gradients: list[Any]) -> None:
        weights = self._model.trainable_weights
        self._model.optimizer.apply_gradients(zip(gradients, weights, strict=True))
