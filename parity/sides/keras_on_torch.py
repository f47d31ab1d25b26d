"""Training steps of a compiled Keras model on its torch backend, eager as `fit` runs them."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from keras import ops

from parity.records.comparison import Array
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
        loss, gradients, accuracy = self.update(*batch)
        norms = [torch.linalg.vector_norm(g, dtype=torch.float64) for g in gradients]
        return loss, torch.linalg.vector_norm(torch.stack(norms)), accuracy.double()

    def update(self, x: Any, y: Any, draws: Draws | None) -> tuple[Any, list[Any], Any]:
        """One step: its loss, gradients and accuracy."""
        loss, output, _ = self._backward(x, y, draws)
        gradients = self._gradients()
        with torch.no_grad():
            self._model.optimizer.apply(gradients, self._model.trainable_weights)
            hits = ops.cast(self._accuracy(ops.convert_to_tensor(y), output), "float32")
        return loss, gradients, hits.mean()

    def _backward(self, x: Any, y: Any, draws: Draws | None) -> tuple[Any, Any, Any]:
        self._model.zero_grad()
        x = ops.convert_to_tensor(x).requires_grad_()
        given = {name: ops.convert_to_tensor(draw) for name, draw in (draws or {}).items()}
        with self._shared.given(given if draws is not None else None):
            output = self._model(x, training=True)
        loss = self._model.compute_loss(x=x, y=y, y_pred=output, training=True)
        loss.backward()
        return loss.detach(), output.detach(), x.grad

    def _gradients(self) -> list[Any]:
        return [variable.value.grad for variable in self._model.trainable_weights]


class Loop:
    """Eager steps on tensors that lie on the device. Keras has no other way on this backend."""

    def __init__(self, stepper: Stepper, is_tuned: bool) -> None:
        self.about = "eager steps on tensors on the device"
        self._stepper = stepper

    def place(self, x: Array, y: Array) -> None:
        self._x, self._y = ops.convert_to_tensor(x), ops.convert_to_tensor(y)

    def steps(self, batches: list[Array]) -> Array:
        sizes = [len(batch) for batch in batches]
        whole = torch.from_numpy(np.concatenate(batches)).to(self._x.device)
        chosen = torch.split(whole, sizes)
        figures = []
        for index in chosen:
            loss, _, accuracy = self._stepper.update(self._x[index], self._y[index], None)
            figures.append(torch.stack([loss.double(), accuracy.double()]))
        found: Array = torch.stack(figures).cpu().numpy()
        return found
