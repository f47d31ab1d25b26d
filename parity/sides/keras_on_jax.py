"""Training steps of a compiled Keras model on jax, compiled as `fit` runs them.

jax works on values, not on variables: a step takes all values of the model and its optimizer and
returns the new ones, which go back into Keras's variables at the end of a block of steps.
"""

from collections.abc import Iterable
from typing import Any

import jax
import jax.numpy as jnp

from parity.sides.keras_draws import Draws, SharedDraws

Batch = tuple[Any, Any, Draws]  # inputs, target, draws
Values = tuple[list[Any], list[Any], list[Any]]  # trainable, not trainable, of the optimizer


class Stepper:
    def __init__(self, model: Any, shared: SharedDraws, accuracy: Any) -> None:
        self._model, self._shared, self._accuracy = model, shared, accuracy
        self._train_step = jax.jit(self._train, donate_argnums=0)
        self._differentiate = jax.jit(jax.value_and_grad(self._loss, argnums=(0, 2), has_aux=True))
        self._apply = jax.jit(model.optimizer.stateless_apply)

    def advance(self, batches: Iterable[Batch]) -> list[tuple[Any, Any, Any]]:
        """Train on the batches; (loss, gradient norm, accuracy) of each."""
        # Copies: the compiled step may write over what it is given.
        values = jax.tree.map(jnp.copy, self._values())
        figures = []
        for x, y, draws in batches:
            values, row = self._train_step(values, x, y, draws)
            figures.append(row)
        self._keep(values)
        return figures

    def differentiate(self, batch: Batch) -> tuple[Any, list[Any], Any]:
        """The loss of a batch in training mode, its gradients, and that of the inputs."""
        x, y, draws = batch
        trainable, frozen, _ = self._values()
        (loss, _), (gradients, of_input) = self._differentiate(
            trainable, frozen, jnp.asarray(x), y, draws
        )
        return loss, gradients, of_input

    def apply(self, gradients: list[Any]) -> None:
        """One step of the optimizer on these gradients."""
        trainable, frozen, slots = self._values()
        trainable, slots = self._apply(slots, [jnp.asarray(g) for g in gradients], trainable)
        self._keep((trainable, frozen, slots))

    def _loss(
        self, trainable: list[Any], frozen: list[Any], x: Any, y: Any, draws: Draws
    ) -> tuple[Any, tuple[Any, Any]]:
        with self._shared.given(draws):
            output, frozen, losses = self._model.stateless_call(
                trainable, frozen, x, training=True, return_losses=True
            )
        # As Keras's own trainer does: the layers' own losses were made in another scope.
        self._model._losses_override = losses
        loss, _ = self._model.stateless_compute_loss(
            trainable, frozen, [], x=x, y=y, y_pred=output, training=True
        )
        self._model._losses_override = []
        return loss, (frozen, output)

    def _train(self, values: Values, x: Any, y: Any, draws: Draws) -> tuple[Values, Any]:
        trainable, frozen, slots = values
        differentiate = jax.value_and_grad(self._loss, has_aux=True)
        (loss, (frozen, output)), gradients = differentiate(trainable, frozen, x, y, draws)
        trainable, slots = self._model.optimizer.stateless_apply(slots, gradients, trainable)
        norm = jnp.sqrt(sum(jnp.sum(jnp.square(g.astype("float64"))) for g in gradients))
        accuracy = jnp.mean(self._accuracy(y, output).astype("float64"))
        return (trainable, frozen, slots), (loss, norm, accuracy)

    def _values(self) -> Values:
        model = self._model
        return (
            [variable.value for variable in model.trainable_variables],
            [variable.value for variable in model.non_trainable_variables],
            [variable.value for variable in model.optimizer.variables],
        )

    def _keep(self, values: Values) -> None:
        model = self._model
        groups = (
            model.trainable_variables,
            model.non_trainable_variables,
            model.optimizer.variables,
        )
        for variables, group in zip(groups, values, strict=True):
            for variable, value in zip(variables, group, strict=True):
                variable.assign(value)
