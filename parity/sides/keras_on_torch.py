"""Training steps of a compiled Keras model on its torch backend, eager as `fit` runs them."""

from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
import torch
from keras import ops

from parity.records.comparison import Array
from parity.records.training import AS_MATCHED
from parity.sides.keras_draws import Draws, SharedDraws, in_mode

Batch = tuple[Any, Any, Any, Draws]  # inputs, target, weights of samples, draws


class Stepper:
    def __init__(self, model: Any, shared: SharedDraws, accuracy: Any) -> None:
        self._model, self._shared, self._accuracy = model, shared, accuracy

    def anew(self) -> "Stepper":
        """The same that has compiled nothing."""
        return Stepper(self._model, self._shared, self._accuracy)

    def advance(self, batches: Iterable[Batch]) -> list[tuple[Any, Any, Any]]:
        """Train on the batches; (loss, gradient norm, accuracy) of each."""
        return [self._train(batch) for batch in batches]

    def differentiate(self, batch: Batch) -> tuple[Any, list[Any], Any]:
        """The loss of a batch in training mode, its gradients, and that of the inputs."""
        loss, _, of_inputs = self._backward(*batch)
        return loss, self._gradients(), of_inputs

    def evaluate(self, batch: Batch) -> Any:
        """The loss of a batch at inference."""
        x, y, w = batch[:3]
        with torch.no_grad():
            x = keras.tree.map_structure(ops.convert_to_tensor, x)
            output = self._model(x, **in_mode(self._model, False))
            return self._model._compute_loss(x, _tensors(y), output, _tensors(w), training=False)

    def apply(self, gradients: list[Any]) -> None:
        """One step of the optimizer on these gradients."""
        with torch.no_grad():
            tensors = [ops.convert_to_tensor(gradient) for gradient in gradients]
            self._model.optimizer.apply(tensors, self._model.trainable_weights)

    def _train(self, batch: Batch) -> tuple[Any, Any, Any]:
        loss, gradients, accuracy = self.update(*batch)
        norms = [torch.linalg.vector_norm(g, dtype=torch.float64) for g in gradients]
        return loss, torch.linalg.vector_norm(torch.stack(norms)), accuracy.double()

    def update(self, x: Any, y: Any, w: Any, draws: Draws | None) -> tuple[Any, list[Any], Any]:
        """One step: its loss, gradients and accuracy."""
        loss, output, _ = self._backward(x, y, w, draws)
        gradients = self._gradients()
        with torch.no_grad():
            self._model.optimizer.apply(gradients, self._model.trainable_weights)
            hits = ops.cast(self._accuracy(_tensors(y), output), "float32")
        return loss, gradients, hits.mean()

    def _backward(self, x: Any, y: Any, w: Any, draws: Draws | None) -> tuple[Any, Any, Any]:
        for variable in self._model.trainable_weights:
            variable.value.grad = None
        x = _tensors(x)
        watched = [
            leaf.requires_grad_() for leaf in keras.tree.flatten(x) if leaf.is_floating_point()
        ]
        given = {name: ops.convert_to_tensor(draw) for name, draw in (draws or {}).items()}
        with self._shared.given(given if draws is not None else None):
            output = self._model(x, **in_mode(self._model, True))
        loss = self._model._compute_loss(x, _tensors(y), output, _tensors(w), training=True)
        loss.backward()
        output = keras.tree.map_structure(lambda leaf: leaf.detach(), output)
        return loss.detach(), output, [_of(leaf) for leaf in watched]

    def _gradients(self) -> list[Any]:
        return [_of(variable.value) for variable in self._model.trainable_weights]


def _tensors(tree: Any) -> Any:
    return None if tree is None else keras.tree.map_structure(ops.convert_to_tensor, tree)


def _rows(tree: Any, index: Any) -> Any:
    return None if tree is None else keras.tree.map_structure(lambda x: x[index], tree)


def _of(leaf: Any) -> Any:
    """The gradient of a leaf; zeros where nothing reaches it."""
    return torch.zeros_like(leaf) if leaf.grad is None else leaf.grad


class Loop:
    """Eager steps on tensors that lie on the device. Keras has no other way on this backend."""

    def __init__(self, stepper: Stepper, is_tuned: bool, way: str = "") -> None:
        self.about = "eager steps on tensors on the device"
        self.ways = (AS_MATCHED,)
        self._stepper = stepper

    def place(self, x: Any, y: Any, w: Any = None) -> None:
        self._data = [_tensors(tree) for tree in (x, y, w)]

    def steps(self, batches: list[Array]) -> Array:
        sizes = [len(batch) for batch in batches]
        device = keras.tree.flatten(self._data[0])[0].device
        whole = torch.from_numpy(np.concatenate(batches)).to(device)
        chosen = torch.split(whole, sizes)
        figures = []
        for index in chosen:
            x, y, w = (_rows(tree, index) for tree in self._data)
            loss, _, accuracy = self._stepper.update(x, y, w, None)
            figures.append(torch.stack([loss.double(), accuracy.double()]))
        found: Array = torch.stack(figures).cpu().numpy()
        return found
