"""The Keras side, third part: the loss that a model is trained by, alone and from the inputs on."""

import importlib
from typing import Any

import keras
import numpy as np
from keras import ops

from parity.records.comparison import Array
from parity.records.interventions import LossOtherwise
from parity.sides import keras_compiled, keras_constants, keras_otherwise, keras_terms
from parity.sides.batches import Batch
from parity.sides.keras_draws import SharedDraws
from parity.sides.keras_models import Held, array
from parity.sides.keras_optimizers import KerasOptimizers

FEW = 7  # samples that tell whether losses are rounded


class KerasLosses(KerasOptimizers):
    def losses(self, key: str, values: Array, raw: Array, labels: Array) -> dict[str, float]:
        held = self._use(key)
        probe, stepper = _loss_alone(held, values.shape[1:])
        target = held.twin.target(raw, labels, held.dtype)
        loss = stepper.evaluate((values, target, None, {}))
        probe.reset_metrics()
        figures = probe.compute_metrics(values, target, probe(values))
        return {"loss": float(array(loss)), "accuracy": float(array(figures["accuracy"]))}

    def whole_loss(self, key: str, raw: Array, labels: Array) -> float:
        """The loss of a batch at inference, from the model's inputs on; where steps are compared
        whole, in training mode."""
        held = self._use(key)
        assert held.feed is not None
        batch = arguments(held.feed.of(raw, labels, 1))
        if not held.is_stepped:
            with held.entered():
                return float(array(held.stepper.evaluate(batch)))
        self.mark(key)
        with held.entered():
            loss, *_ = held.stepper.differentiate(batch)
        self.restore(key)
        return float(array(loss))

    def losses_otherwise(self, key: str, raw: Array, labels: Array) -> dict[LossOtherwise, float]:
        """`whole_loss` in each way in which a port may have it by mistake; none where the model
        has no loss of Keras's."""
        held = self._use(key)
        assert held.feed is not None
        batch = x, y, w, drawn = arguments(held.feed.of(raw, labels, 1))
        found: dict[LossOtherwise, float] = {}
        self.mark(key)  # statistics of a BatchNormalization move
        with held.entered():
            if held.model._compile_loss is not None:
                with held.shared.given(drawn):
                    found = keras_otherwise.losses(held.model, x, y, w, held.is_stepped)
            if keras_compiled.has_own_step(held.model):
                found = keras_otherwise.with_undrawn(found, held.stepper, held.shared, batch)
        self.restore(key)
        return found

    def loss_name(self, key: str) -> str:
        """What the loss is called."""
        return keras_compiled.title(self._held[key].twin.loss())

    def loss_leak(self, key: str) -> bool:
        """Does the loss of a float64 model, compiled as in training, average in float32?

        Its value for a sample of one pixel, all of whose channels are averaged, is a float32
        number then: 29 bits of the mantissa are zero.
        """
        held = self._use(key)
        if held.dtype != "float64":
            return False
        own = held.feed.session.own if held.feed else None
        if own is not None:
            found = self.whole_loss(key, held.raw[:FEW], held.labels[:FEW])
            return bool(found) and float(np.float32(found)) == found
        shape = held.model.layers[-1].output.shape
        values = np.random.default_rng(0).standard_normal((1, *(1 for _ in shape[2:]), shape[-1]))
        _, stepper = _loss_alone(held, values.shape[1:])
        target = np.exp(values) / np.exp(values).sum(axis=-1, keepdims=True)
        loss = float(array(stepper.evaluate((values, target, None, {}))))
        return float(np.float32(loss)) == loss

    def averages_narrowly(self, key: str) -> bool:
        """Is a float64 model taught by numbers that were rounded to float32: the losses of single
        samples, or a factor of a penalty?"""
        held = self._use(key)
        assert held.feed is not None
        batch = arguments(held.feed.of(held.raw[:FEW], held.labels[:FEW], 1))
        self.mark(key)  # statistics of a BatchNormalization move
        with held.entered():
            has_own = keras_compiled.has_own_step(held.model)
            if keras.backend.backend() == "tensorflow":
                found = keras_constants.are_rounded(lambda: [held.stepper.loss(batch)])
            else:  # what a step tells of its loss may be rounded behind its gradients
                found = has_own and keras_constants.are_rounded(
                    lambda: held.stepper.differentiate(batch)[1]
                )
            found = found or keras_constants.has_rounded_penalties(held.model)
            if not found and not has_own and held.model._compile_loss is not None:
                found = keras_terms.averages_narrowly(held.model, *batch[:3])
        self.restore(key)
        return found


def _loss_alone(held: Held, shape: tuple[int, ...]) -> tuple[Any, Any]:
    """A model that is the last activation, with the loss of the whole, and its steps; made once.

    Keras compiles it as it compiles the whole, and so finds the logits behind a softmax or a
    sigmoid where it would.
    """
    if shape in held.losses:
        return held.losses[shape]
    last = held.model.layers[-1]
    own = last.activation if hasattr(last, "kernel") else last
    layer = own if isinstance(own, keras.layers.Layer) else keras.layers.Activation(own)
    probe = keras.Sequential([keras.layers.Input(shape), layer])
    probe.compile(loss=held.twin.loss(), metrics=["accuracy"])
    held.losses[shape] = probe, steps().Stepper(probe, SharedDraws(probe), _no_accuracy)
    return held.losses[shape]


def steps() -> Any:
    """The module that trains on Keras's backend."""
    return importlib.import_module(f"parity.sides.keras_on_{keras.backend.backend()}")


def arguments(batch: Batch) -> tuple[Any, Any, Any, dict[str, Array]]:
    """What a stepper takes."""
    return batch.inputs, batch.target, batch.weights, batch.draws


def _class_accuracy(y_true: Any, y_pred: Any) -> Any:
    """The running accuracy of one batch; parity/numerics/metrics.py is its definition."""
    is_one_hot = len(y_true.shape) == 2 and y_true.shape[1] == y_pred.shape[1]
    wanted = ops.argmax(y_true, axis=-1) if is_one_hot else ops.reshape(y_true, (-1,))
    predicted = ops.argmax(y_pred, axis=-1)
    return ops.equal(ops.cast(wanted, predicted.dtype), predicted)


def _pixel_accuracy(y_true: Any, y_pred: Any) -> Any:
    """The running accuracy of one batch; parity/numerics/metrics.py is its definition."""
    return ops.equal(y_true > 0.5, y_pred > 0.5)


def _no_accuracy(y_true: Any, y_pred: Any) -> Any:
    return ops.zeros(1)


ACCURACIES = {"classify": _class_accuracy, "reconstruct": _pixel_accuracy, None: _no_accuracy}
