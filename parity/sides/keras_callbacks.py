"""A person's callbacks of Keras that move the learning rate, told of epochs as `fit` tells them."""

import copy
from collections.abc import Iterable
from typing import Any

from keras import ops

from parity.errors import ModelError

State = tuple[list[dict[str, Any]], float, int]


class Callbacks:
    """Copies, which belong to one training. rates: of learning, by the steps that were made."""

    def __init__(self, model: Any, given: Iterable[Any]) -> None:
        """Raises ModelError for what is no callback."""
        self.rates: dict[int, float] = {}
        self._model = model
        self._each = [copy.copy(one) for one in given]
        self._total, self._count = 0.0, 0  # of an epoch so far
        for callback in self._each:
            if not hasattr(callback, "on_epoch_end"):
                raise ModelError(f"keras_callbacks: {callback!r} is no callback of Keras's")
            callback.set_model(model)
            callback.on_train_begin()

    def begin(self, step: int, epoch_of: int) -> None:
        """Ahead of a step, from 1; epoch_of: the steps of an epoch."""
        if (step - 1) % epoch_of == 0:
            self._total, self._count = 0.0, 0
            self.begin_epoch((step - 1) // epoch_of)
        self.rates[step] = self._rate()

    def end(self, step: int, epoch_of: int, loss: float, samples: int) -> None:
        """Behind a step: what an epoch comes to is the mean over its samples."""
        self._total, self._count = self._total + loss * samples, self._count + samples
        if step % epoch_of == 0:
            self.end_epoch((step - 1) // epoch_of, self._total / self._count)

    def begin_epoch(self, epoch: int) -> None:
        """Ahead of an epoch, from 0."""
        for callback in self._each:
            callback.on_epoch_begin(epoch)

    def end_epoch(self, epoch: int, loss: float) -> None:
        """Behind it; loss: its mean."""
        for callback in self._each:
            callback.on_epoch_end(epoch, {"loss": loss})

    def foreseen(self, count: int, epoch_of: int) -> tuple[float, ...]:
        """The rates of steps 1, 2, ... as far as they go by epochs and by no loss; the model's rate
        and what callbacks keep are others then."""
        found: list[float] = []
        for step in range(count):
            if step % epoch_of == 0:
                self.begin_epoch(step // epoch_of)
            found.append(self._rate())
        return tuple(found)

    def _rate(self) -> float:
        return float(ops.convert_to_numpy(self._model.optimizer.learning_rate))

    def made(self, count: int) -> tuple[float, ...]:
        """The rates of steps 1, 2, ... as far as they were made."""
        return tuple(self.rates[step] for step in range(1, count + 1) if step in self.rates)

    @property
    def state(self) -> State:
        return [dict(vars(one)) for one in self._each], self._total, self._count

    def go_to(self, state: State) -> None:
        for callback, attributes in zip(self._each, state[0], strict=True):
            vars(callback).clear()
            vars(callback).update(attributes)
        self._total, self._count = state[1:]
