"""Whole epochs on arrays that lie on the device: the one loop of both frameworks. NumPy alone.

A `Loop` knows its framework: it takes a few steps and returns their figures. When it returns, the
device has finished, so that is where the clock is read: at a handful of places in an epoch, and
nowhere in between is anything waited for.
"""

import time
from typing import Any, Protocol

import numpy as np

from parity.records.comparison import Array
from parity.records.training import Trained
from parity.sides.batches import Watch, silent

LAPS = 10  # stretches of an epoch that are timed, after the first step


class Loop(Protocol):
    """Training steps of one model in one lane."""

    def place(self, x: Any, y: Any, w: Any = None) -> None:
        """Bring all inputs and targets of the coming epochs to the device. Arrays, or lists or
        dictionaries of them; w: weights of samples, arranged as the targets."""

    def steps(self, batches: list[Array]) -> Array:
        """Train on these samples, step by step: float64 (steps, 2), loss and accuracy."""


class Laps:
    """A clock that is read where the device has finished."""

    def __init__(self) -> None:
        self.laps: list[tuple[int, float]] = []
        self._last = time.perf_counter()

    def done(self, steps: int) -> None:
        """These many steps were taken since the last reading."""
        now = time.perf_counter()
        self.laps.append((steps, now - self._last))
        self._last = now

    @property
    def seconds(self) -> float:
        return sum(seconds for _, seconds in self.laps)


def lap_ends(steps: int) -> list[int]:
    """After which steps of an epoch the clock is read: the first, then about LAPS times."""
    length = max(1, -(-(steps - 1) // LAPS))
    return sorted({1, *range(1 + length, steps, length), steps})


def train(loop: Loop, order: Array, batch_size: int, watch: Watch = silent) -> Trained:
    """One epoch over the placed samples in this order, int64 (samples,)."""
    batches = [order[first : first + batch_size] for first in range(0, len(order), batch_size)]
    figures = []
    done = 0
    clock = Laps()
    for end in lap_ends(len(batches)):
        figures.append(loop.steps(batches[done:end]))
        clock.done(end - done)
        done = end
        watch(min(done * batch_size, len(order)))
    losses, accuracies = np.concatenate(figures).T
    sizes = np.array([len(batch) for batch in batches])
    return Trained(losses, accuracies, sizes, clock.seconds, tuple(clock.laps))
