"""Steps of a Keras model's own `train_step` on jax: `train_step(state, data)` gives what it tells,
and the state as it is then. It is run eagerly, where `fit` compiles it: that differs by rounding.
"""

import contextlib
from collections.abc import Iterator
from operator import itemgetter
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from parity.errors import ModelError
from parity.records.comparison import Array
from parity.sides.keras_own_step import Moved, OwnStepper

OPTIMIZER = "optimizer"  # the one whose variables are a part of the state


class Loop:
    """Whole epochs of such steps."""

    about = "eager steps of the model's own on tensors on the device"

    def __init__(self, stepper: "OwnStepperOnJax", is_tuned: bool) -> None:
        self._stepper = stepper

    def place(self, x: Any, y: Any, w: Any = None) -> None:
        self._data = jax.tree.map(jnp.asarray, (x, y, w))

    def steps(self, batches: list[Array]) -> Array:
        figures = []
        for chosen in batches:
            x, y, w = jax.tree.map(itemgetter(chosen), self._data)
            loss, _, accuracy = self._stepper.update(x, y, w, None)
            figures.append((float(loss), accuracy))
        return np.array(figures)


class OwnStepperOnJax(OwnStepper):
    loop = Loop

    def _made(self, data: Any, is_still: bool = False) -> Any:
        held = self._held()
        values = tuple([variable.value for variable in part] for part in held)
        self._given = values[0]
        told, found = self.model.train_step(values, data)
        if not is_still and self.model.optimizer.built:
            for part, new in zip(held[:3], found[:3], strict=True):  # metrics are of a step alone
                for variable, value in zip(part, new, strict=True):
                    variable.assign(value)
        return told

    def _held(self) -> tuple[list[Any], ...]:
        model = self.model
        own = model.optimizer.variables
        parts = model.trainable_variables, model.non_trainable_variables, own
        return tuple(list(part) for part in (*parts, model.metrics_variables))

    @contextlib.contextmanager
    def _recorded(self, is_still: bool = False) -> Iterator[Moved]:
        """An optimizer is given numbers, and knows no variables by them: only those of all that the
        model trains can be told."""
        found: Moved = {}
        optimizer = self.model.optimizer
        own = optimizer.stateless_apply

        def apply(optimizer_variables: Any, grads: Any, trainable_variables: Any) -> Any:
            if len(trainable_variables) != len(self._given):
                raise ModelError(
                    f"{self.model.name}: its train_step moves a part of what the model trains, "
                    "which is not followed on Keras's jax backend; use tensorflow or torch"
                )
            found[OPTIMIZER] = list(grads), list(self.model.trainable_variables)
            if is_still or not optimizer.built:
                return trainable_variables, optimizer_variables
            return own(optimizer_variables, grads, trainable_variables)

        vars(optimizer)["stateless_apply"] = apply
        try:
            yield found
        finally:
            del vars(optimizer)["stateless_apply"]
