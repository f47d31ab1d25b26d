"""Training steps of a compiled Keras model on jax, compiled as `fit` runs them.

jax works on values, not on variables: a step takes all values of the model and its optimizer and
returns the new ones, which go back into Keras's variables at the end of a block of steps.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from parity.records.comparison import Array
from parity.records.training import AS_MATCHED
from parity.sides.keras_draws import Draws, SharedDraws, in_mode

Batch = tuple[Any, Any, Any, Draws]  # inputs, target, weights of samples, draws
Values = tuple[list[Any], list[Any], list[Any]]  # trainable, not trainable, of the optimizer


class Stepper:
    def __init__(self, model: Any, shared: SharedDraws, accuracy: Any) -> None:
        self.model, self._shared, self._accuracy = model, shared, accuracy
        self._train_step = jax.jit(self._train, donate_argnums=0)
        self._differentiate = jax.jit(
            jax.value_and_grad(self._loss, argnums=(0, 2), has_aux=True, allow_int=True)
        )
        self._apply = jax.jit(self._applied)
        self._evaluate = jax.jit(partial(self._loss, training=False))

    def anew(self) -> "Stepper":
        """The same that has compiled nothing."""
        return Stepper(self.model, self._shared, self._accuracy)

    def advance(self, batches: Iterable[Batch]) -> list[tuple[Any, Any, Any]]:
        """Train on the batches; (loss, gradient norm, accuracy) of each."""
        # Copies: the compiled step may write over what it is given.
        values = jax.tree.map(jnp.copy, self.values())
        figures = []
        for batch in batches:
            values, row = self._train_step(values, *batch)
            figures.append(row)
        self.keep(values)
        return figures

    def differentiate(self, batch: Batch) -> tuple[Any, list[Any], Any]:
        """The loss of a batch in training mode, its gradients, and that of the inputs."""
        x, *rest = batch
        trainable, frozen, _ = self.values()
        (loss, _), (gradients, of_inputs) = self._differentiate(
            trainable, frozen, jax.tree.map(jnp.asarray, x), *rest
        )
        floats = [g for g in jax.tree.leaves(of_inputs) if g.dtype != jax.dtypes.float0]
        return loss, gradients, floats

    def evaluate(self, batch: Batch) -> Any:
        """The loss of a batch at inference."""
        trainable, frozen, _ = self.values()
        return self._evaluate(trainable, frozen, *batch[:3], None)[0]

    def apply(self, gradients: list[Any]) -> None:
        """One step of the optimizer on these gradients."""
        trainable, frozen, slots = self.values()
        trainable, slots = self._apply(slots, [jnp.asarray(g) for g in gradients], trainable)
        self.keep((trainable, frozen, slots))

    def _applied(self, slots: list[Any], gradients: list[Any], trainable: list[Any]) -> Any:
        # The model's when this is traced: a live model is lent another.
        return self.model.optimizer.stateless_apply(slots, gradients, trainable)

    def _loss(
        self,
        trainable: list[Any],
        frozen: list[Any],
        x: Any,
        y: Any,
        w: Any,
        draws: Draws | None,
        training: bool = True,
    ) -> tuple[Any, tuple[Any, Any]]:
        with self._shared.given(draws):
            output, frozen, losses = self.model.stateless_call(
                trainable, frozen, x, return_losses=True, **in_mode(self.model, training)
            )
        # As Keras's own trainer does: the layers' own losses were made in another scope.
        self.model._losses_override = losses
        loss, _ = self.model.stateless_compute_loss(
            trainable, frozen, [], x=x, y=y, y_pred=output, sample_weight=w, training=training
        )
        self.model._losses_override = []
        return loss, (frozen, output)

    def _train(
        self, values: Values, x: Any, y: Any, w: Any, draws: Draws | None
    ) -> tuple[Values, Any]:
        values, loss, gradients, accuracy = self.update(values, x, y, w, draws)
        norm = jnp.sqrt(sum(jnp.sum(jnp.square(g.astype("float64"))) for g in gradients))
        return values, (loss, norm, accuracy.astype("float64"))

    def update(
        self, values: Values, x: Any, y: Any, w: Any, draws: Draws | None
    ) -> tuple[Values, Any, list[Any], Any]:
        """One step, to be compiled: the new values, the loss, the gradients and the accuracy."""
        trainable, frozen, slots = values
        differentiate = jax.value_and_grad(self._loss, has_aux=True)
        (loss, (frozen, output)), gradients = differentiate(trainable, frozen, x, y, w, draws)
        trainable, slots = self.model.optimizer.stateless_apply(slots, gradients, trainable)
        accuracy = jnp.mean(self._accuracy(y, output).astype("float32"))
        return (trainable, frozen, slots), loss, gradients, accuracy

    def values(self) -> Values:
        model = self.model
        return (
            [variable.value for variable in model.trainable_variables],
            [variable.value for variable in model.non_trainable_variables],
            [variable.value for variable in model.optimizer.variables],
        )

    def keep(self, values: Values) -> None:
        model = self.model
        groups = (
            model.trainable_variables,
            model.non_trainable_variables,
            model.optimizer.variables,
        )
        for variables, group in zip(groups, values, strict=True):
            for variable, value in zip(variables, group, strict=True):
                variable.assign(value)


SCAN = "jax.lax.scan over many steps"


class Loop:
    """Steps on arrays that lie on the device, one a call; tuned: a whole stretch in one program."""

    def __init__(self, stepper: Stepper, is_tuned: bool, way: str = "") -> None:
        """way: one of `ways`; "" for the last."""
        self._stepper = stepper
        self.about = "jax.jit, a call a step, on arrays on the device"
        self.ways = (AS_MATCHED, SCAN) if _gains_from_scan(stepper) else (AS_MATCHED,)
        if is_tuned:
            self.about = way or self.ways[-1]
        self._scans = self.about == SCAN
        self._one = jax.jit(self._step, donate_argnums=0)
        self._many = jax.jit(self._stretch, donate_argnums=0)

    def place(self, x: Any, y: Any, w: Any = None) -> None:
        self._data = jax.tree.map(jnp.asarray, (x, y, w))

    def steps(self, batches: list[Array]) -> Array:
        # Copies: the compiled step may write over what it is given.
        values = jax.tree.map(jnp.copy, self._stepper.values())
        figures = []
        if self._scans and len(batches) > 1:
            # The last batch of an epoch is smaller, and so no row of one array with the others.
            whole = [batch for batch in batches if len(batch) == len(batches[0])]
            values, table = self._many(values, self._data, np.stack(whole))
            figures.append(np.asarray(table))
            batches = batches[len(whole) :]
        rows = []
        for batch in batches:
            values, row = self._one(values, self._data, batch)
            rows.append(row)
        self._stepper.keep(values)
        figures += [np.asarray(jnp.stack(rows))] if rows else []
        return np.concatenate(figures)

    def _stretch(self, values: Values, data: Any, batches: Any) -> tuple[Values, Any]:
        def body(values: Values, chosen: Any) -> tuple[Values, Any]:
            return self._step(values, data, chosen)

        found: tuple[Values, Any] = jax.lax.scan(body, values, batches)
        return found

    def _step(self, values: Values, data: Any, chosen: Any) -> tuple[Values, Any]:
        x, y, w = jax.tree.map(lambda x: x[chosen], data)
        values, loss, _, accuracy = self._stepper.update(values, x, y, w, None)
        return values, jnp.stack([loss.astype("float64"), accuracy.astype("float64")])


def _gains_from_scan(stepper: Stepper) -> bool:
    """Within a loop XLA's CPU convolutions are not the fast ones: cnn took 11 times as long."""
    kinds = [type(layer).__name__ for layer in stepper.model.layers]
    on_cpu = jax.devices()[0].platform == "cpu"
    return not (on_cpu and any("Conv" in kind for kind in kinds))
