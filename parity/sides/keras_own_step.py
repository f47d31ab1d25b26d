"""Steps that a Keras model's own `train_step` makes, as `fit` runs it: on tensorflow in graphs, on
torch eagerly. On jax it is given its weights and gives them back: see keras_own_step_on_jax.py."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import ops
from keras.src.trainers.data_adapters.data_adapter_utils import pack_x_y_sample_weight

from parity.errors import ModelError
from parity.sides import keras_compiled
from parity.sides.keras_draws import Draws
from parity.sides.keras_step_draws import StepDraws

ALIKE = 1e-6  # of a loss: what is drawn anew moves it by more

Batch = tuple[Any, Any, Any, Draws]  # inputs, target, weights of samples, draws
Moved = dict[str, tuple[list[Any], list[Any]]]  # optimizer -> its gradients and variables


class OwnStepper:
    """optimizers: the model's attributes that hold those which move weights."""

    def __init__(self, model: Any, shared: StepDraws, optimizers: Iterable[str] = ()) -> None:
        self.model, self._shared, self._optimizers = model, shared, tuple(optimizers)
        self._step = _as_fit_runs(self._train)
        self._still = _as_fit_runs(partial(self._train, is_still=True))

    def anew(self) -> "OwnStepper":
        """The same that has compiled nothing."""
        return type(self)(self.model, self._shared, self._optimizers)

    def advance(self, batches: Iterable[Batch]) -> list[tuple[Any, Any, Any]]:
        """Train on the batches; (loss, gradient norm, 0) of each."""
        figures = []
        for batch in batches:
            loss, gradients, _ = self._whole(self._step, batch)
            squares = (ops.sum(ops.square(ops.cast(x, "float64"))) for x in gradients)
            figures.append((loss, ops.sqrt(sum(squares)), 0.0))
        return figures

    def update(self, x: Any, y: Any, w: Any, draws: Draws | None) -> tuple[Any, list[Any], Any]:
        """One step, to be compiled: its loss, gradients, and no accuracy."""
        self.model.reset_metrics()
        return *self._train(x, y, w, draws), 0.0

    def differentiate(self, batch: Batch) -> tuple[Any, list[Any], list[Any]]:
        """A step in which optimizers move nothing, so that nothing of the loss is theirs: the loss,
        and the gradients that they were given; zeros of what none of them moves."""
        return self._whole(self._still, batch)

    def moved(self, batch: Batch) -> dict[str, list[Any]]:
        """The variables that each optimizer moves, by the model's attribute that holds it."""
        x, y, w, _ = _tensors(batch)
        with self._shared.looked_at(len(keras.tree.flatten(x)[0])), self._recorded() as found:
            self._made(pack_x_y_sample_weight(x, y, w))
        return {name: variables for name, (_, variables) in found.items()}

    def loss(self, batch: Batch) -> Any:
        """Of a step in which nothing moves, outside of a graph."""
        return self._train(*_tensors(batch), is_still=True)[0]

    def require_alike(self, batch: Batch) -> None:
        """Raises ModelError where two steps with the same draws do not give the same loss."""
        one, other = (float(self.loss(batch)) for _ in range(2))
        if not np.isclose(one, other, rtol=ALIKE, atol=0, equal_nan=True):
            raise ModelError(
                f"{self.model.name}: its train_step draws in a way that cannot be handed from "
                "outside; draw by keras.random.normal, uniform or randint, or by layers"
            )

    def _whole(self, step: Any, batch: Batch) -> tuple[Any, list[Any], list[Any]]:
        self.model.reset_metrics()  # what is returned may be a mean over steps
        loss, gradients = step(*_tensors(batch))
        return loss, gradients, []

    def _made(self, data: Any, is_still: bool = False) -> Any:
        """What the model's step tells of a batch; is_still: nothing moves."""
        return self.model.train_step(data)

    def _recorded(self, is_still: bool = False) -> AbstractContextManager[Moved]:
        """What the model's optimizers are given to apply."""
        return _recorded(self.model, is_still)

    def _train(
        self, x: Any, y: Any, w: Any, draws: Draws | None, is_still: bool = False
    ) -> tuple[Any, list[Any]]:
        with self._shared.given(draws), self._recorded(is_still) as found:
            told = self._made(pack_x_y_sample_weight(x, y, w), is_still)
        given = {
            id(variable): gradient
            for gradients, variables in found.values()
            for gradient, variable in zip(gradients, variables, strict=True)
        }
        dense = [
            ops.zeros_like(v.value) if given.get(id(v)) is None else _dense(given[id(v)])
            for v in self.model.trainable_variables
        ]
        loss = told.get("loss", next(iter(told.values()))) if isinstance(told, dict) else told
        return ops.reshape(ops.stop_gradient(loss), ()), dense


def _as_fit_runs(step: Callable[..., Any]) -> Callable[..., Any]:
    if keras.backend.backend() != "tensorflow":
        return step
    import tensorflow as tf

    graph: Callable[..., Any] = tf.function(step)
    return graph


def _dense(gradient: Any) -> Any:
    """Of an Embedding's the rows alone may be there."""
    if keras.backend.backend() != "tensorflow":
        return gradient
    import tensorflow as tf

    return tf.convert_to_tensor(gradient)


def _tensors(batch: Batch) -> Batch:
    found: Batch = keras.tree.map_structure(
        lambda x: x if x is None else ops.convert_to_tensor(x), batch
    )
    return found


@contextlib.contextmanager
def _recorded(model: Any, is_still: bool = False) -> Iterator[Moved]:
    """What a model's optimizers are given to apply; is_still: they do not."""
    found: Moved = {}
    every = keras_compiled.optimizers(model)

    def watching(name: str, own: Any) -> Any:
        def apply(grads: Any, trainable_variables: Any = None) -> Any:
            variables = trainable_variables or model.trainable_variables
            found[name] = list(grads), list(variables)
            return None if is_still else own(grads, trainable_variables)

        return apply

    def zero_grad(*args: Any, **kwargs: Any) -> None:
        """torch's own knows the tensors that the model was built with, and not those it is lent."""
        for variable in model.trainable_variables:
            variable.value.grad = None

    for name, optimizer in every.items():
        vars(optimizer)["apply"] = watching(name, optimizer.apply)
    if keras.backend.backend() == "torch":
        vars(model)["zero_grad"] = zero_grad
    try:
        yield found
    finally:
        vars(model).pop("zero_grad", None)
        for optimizer in every.values():
            vars(optimizer).pop("apply", None)
