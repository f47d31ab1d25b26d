"""Training steps of a compiled Keras model on its torch backend, eager as `fit` runs them."""

from collections.abc import Iterable
from typing import Any

import torch
from keras import ops

from parity.sides.keras_draws import Draws, SharedDraws

Batch = tuple[Any, Any, Draws]  # inputs, target, draws


class Stepper:
    def __init__(self, model: Any, shared: SharedDraws, accuracy: Any) -> None:
        self._model, self._shared, self._accuracy = model, shared, accuracy

    def advance(self, batches: Iterable[Batch]) -> list[tuple[Any, Any, Any]]:
        """Train on the batches; (loss, gradient norm, accuracy) of each."""
        return [self._train(batch) for batch in batches]

    def differentiate(self, batch: Batch) -> tuple[Any, list[Any], Any]:
        """The loss of a batch in training mode, its gradients, and that of the inputs."""
        x, y, draws = batch
        loss, _, of_input = self._backward(x, y, draws)
        return loss, self._gradients(), of_input

    def apply(self, gradients: list[Any]) -> None:
        """One step of the optimizer on these gradients."""
        with torch.no_grad():
            tensors = [ops.convert_to_tensor(gradient) for gradient in gradients]
            self._model.optimizer.apply(tensors, self._model.trainable_weights)

    def _train(self, batch: Batch) -> tuple[Any, Any, Any]:
        x, y, draws = batch
        loss, output, _ = self._backward(x, y, draws)
        gradients = self._gradients()
        with torch.no_grad():
            self._model.optimizer.apply(gradients, self._model.trainable_weights)
            norms = [torch.linalg.vector_norm(g, dtype=torch.float64) for g in gradients]
            norm = torch.linalg.vector_norm(torch.stack(norms))
            hits = ops.cast(self._accuracy(ops.convert_to_tensor(y), output), "float64")
        return loss, norm, hits.mean()

    def _backward(self, x: Any, y: Any, draws: Draws) -> tuple[Any, Any, Any]:
        self._model.zero_grad()
        x = ops.convert_to_tensor(x).requires_grad_()
        given = {name: ops.convert_to_tensor(draw) for name, draw in draws.items()}
        with self._shared.given(given):
            output = self._model(x, training=True)
        loss = self._model.compute_loss(x=x, y=y, y_pred=output, training=True)
        loss.backward()
        return loss.detach(), output.detach(), x.grad

    def _gradients(self) -> list[Any]:
        return [variable.value.grad for variable in self._model.trainable_weights]
