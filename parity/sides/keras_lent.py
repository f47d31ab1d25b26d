"""A person's Keras model, lent for training: with weights, losses and optimizers of its own for a
while, in a float type of its own, and handed back as it was."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import keras
from keras import ops

from parity.records.comparison import Dtype
from parity.sides.keras_computing import computing_in

FLOATS = ("float32", "float64")


class Lent:
    """One training's state of a model that several trainings share."""

    def __init__(self, model: Any, dtype: Dtype) -> None:
        """The weights are those that the model holds now."""
        self._model, self._dtype = model, dtype
        self._held = [(v, *_like(v, dtype)) for v in model.variables]
        self._losses: list[Any] = []
        self.attributes: dict[str, Any] = {}  # of the model, in place of its own
        self.calls: list[tuple[Any, Callable[..., Any]]] = []  # of layers, likewise
        self._is_inside = False

    def lend_losses(self, losses: list[Any]) -> None:
        """Keras's losses cast to a float type of their own."""
        self._losses = [x for x in losses if isinstance(x, keras.losses.Loss)]

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """The model holds this state, and computes in its float type."""
        if self._is_inside:
            yield
            return
        model = self._model
        theirs = [(v, v._value, v._dtype) for v, _, _ in self._held]
        attributes = dict(vars(model))
        metrics = [(v, ops.copy(v.value)) for v in model.metrics_variables]
        self._is_inside = True
        try:
            with computing_in(model, self._dtype), _losses_in(self._losses, self._dtype):
                for variable, value, kind in self._held:
                    variable._value, variable._dtype = value, kind
                vars(model).update(self.attributes)
                for layer, call in self.calls:
                    vars(layer)["call"] = call
                yield
        finally:
            self._is_inside = False
            self._held = [(v, v._value, v._dtype) for v, _, _ in self._held]
            for variable, value, kind in theirs:
                variable._value, variable._dtype = value, kind
            for layer, _ in self.calls:
                vars(layer).pop("call", None)
            vars(model).clear()
            vars(model).update(attributes)
            for variable, value in metrics:
                variable.assign(value)


def _like(variable: Any, dtype: Dtype) -> tuple[Any, str]:
    """The value of another variable of the same contents, floats in this dtype; and its type."""
    kind = dtype if variable.dtype in FLOATS else variable.dtype
    # By its name an optimizer may tell which weights are not to decay.
    made = keras.Variable(
        ops.convert_to_numpy(variable.value),
        dtype=kind,
        trainable=variable.trainable,
        name=variable.name,
    )
    return made._value, kind


@contextlib.contextmanager
def _losses_in(losses: list[Any], dtype: Dtype) -> Iterator[None]:
    kept = [(loss, loss._dtype_policy, loss._dtype) for loss in losses]
    for loss in losses:
        loss._dtype_policy, loss._dtype = keras.DTypePolicy(dtype), dtype
    try:
        yield
    finally:
        for loss, policy, kind in kept:
            loss._dtype_policy, loss._dtype = policy, kind
