"""The idiomatic lane of the Keras side: `model.fit`."""

from typing import Any

import keras
import numpy as np

from parity.records.comparison import Array
from parity.records.training import Trained
from parity.sides.batches import Watch
from parity.sides.epochs import Laps, lap_ends


class Fit:
    """`model.fit` on NumPy arrays, which shuffles them itself."""

    about = "model.fit on NumPy arrays"

    def __init__(self, model: Any) -> None:
        self._model = model

    def place(self, x: Array, y: Array) -> None:
        self._x, self._y = x, y

    def epoch(self, batch_size: int, samples: int | None, watch: Watch) -> Trained:
        """Keras logs the mean over the epoch's samples, so that is all there is to return."""
        x, y = self._x[:samples], self._y[:samples]
        count = len(x)
        clock = _Clock(count, batch_size, watch)
        history = self._model.fit(
            x, y, batch_size=batch_size, epochs=1, verbose=0, callbacks=[clock]
        ).history
        accuracy = next(values for name, values in history.items() if name != "loss")
        return Trained(
            np.array(history["loss"], np.float64),
            np.array(accuracy, np.float64),
            np.array([count]),
            clock.laps.seconds,
            tuple(clock.laps.laps),
        )


class _Clock(keras.callbacks.Callback):  # type: ignore[misc]
    async_safe = True  # the logs are read at the end of a lap, not after every batch

    def __init__(self, samples: int, batch_size: int, watch: Watch) -> None:
        super().__init__()
        self._samples, self._batch_size, self._watch = samples, batch_size, watch
        self._ends = lap_ends(-(-samples // batch_size))
        self._done = 0
        self.laps = Laps()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if batch + 1 in self._ends:
            float(logs["loss"])  # fetched from the device, which has finished then
            self.laps.done(batch + 1 - self._done)
            self._done = batch + 1
            self._watch(min(self._done * self._batch_size, self._samples))

    def on_train_end(self, logs: Any = None) -> None:
        """What `fit` still does after the last batch belongs to the epoch."""
        steps, seconds = self.laps.laps.pop()
        self.laps.done(0)
        self.laps.laps.append((steps, seconds + self.laps.laps.pop()[1]))
