"""One segment of both models, run by itself in training mode on Keras's own input."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from parity.errors import ModelError
from parity.gates.segment_values import Feeds, SegmentValues
from parity.mapping import activation_layouts
from parity.mapping.layout_moves import TIME_FIRST
from parity.records.comparison import Array, Dtype, Measured
from parity.records.interventions import Change
from parity.sides.calls import TwoSides
from parity.sides.verbs import Walks

FEW = 64  # runs, where a segment takes no larger batch: each is a call of its own
FIRST = 10  # their first seed

Changes = tuple[Change, ...]
T = TypeVar("T")


@dataclass(frozen=True)
class Trained:
    """What a side gave in training mode."""

    output: Array  # in Keras's layout
    moved: dict[str, Array]  # its statistics that moved, by its own names


class Segment:
    """walk: the name of the walk in training mode."""

    def __init__(self, sides: TwoSides, walk: str, met: SegmentValues) -> None:
        self._sides, self._walk = sides, walk
        self.met = met
        self.is_tiled = True  # does it take a larger batch?
        self._ours: dict[tuple[int, float | None], Array] = {}
        self._made: dict[float | None, Any] = {}

    @property
    def shape(self) -> tuple[int, ...]:
        """Of what it gives."""
        return self.met.evidence["float64"].keras.shape

    @property
    def size(self) -> int:
        """How many values it gives."""
        return int(self.met.evidence["float64"].keras.size)

    def keras(self, seed: int, dtype: Dtype = "float64", feeds: Feeds | None = None) -> Trained:
        steps = [step.name for step in self.met.match.keras_steps]
        given = self.met.given if feeds is None else feeds
        return Trained(
            *self._sides.keras.call(
                Walks.exercise, self._walk, steps, given, steps[-1], dtype, seed
            )
        )

    def torch(
        self,
        seed: int,
        dtype: Dtype = "float64",
        changes: Changes = (),
        feeds: Feeds | None = None,
    ) -> Trained:
        steps = [step.name for step in self.met.match.torch]
        given = self.met.feeds["float64"] if feeds is None else feeds
        output, moved = self._sides.torch.call(
            Walks.exercise, self._walk, steps, given, self.met.match.theirs, dtype, seed, changes
        )
        return Trained(activation_layouts.to_keras(self.met.layout, output), moved)

    def many(self, times: int, value: float | None, changes: Changes) -> tuple[Array, Array]:
        """The outputs of so many runs of both sides, (times, N, ...) in Keras's layout.

        value: what every input is filled with; None leaves Keras's own.
        """
        if (times, value) not in self._ours:
            self._ours[times, value] = self.keras_runs(times, FIRST, value)
        return self._ours[times, value], self.torch_runs(times, FIRST, value, changes)

    def keras_runs(
        self, times: int, seed: int, value: float | None, samples: int | None = None
    ) -> Array:
        """The runs are one, with the input repeated along the batch, where the segment takes it.

        samples: of the input, so many of the first; None for all.
        """
        feeds = _few(_filled(self.met.given, value), samples, 0)
        return self._runs(lambda n, given: self.keras(n, feeds=given).output, feeds, times, 0, seed)

    def torch_runs(
        self,
        times: int,
        seed: int,
        value: float | None,
        changes: Changes = (),
        samples: int | None = None,
    ) -> Array:
        axis = 1 if self.met.before is TIME_FIRST else 0
        feeds = _few(_filled(self.met.feeds["float64"], value), samples, axis)

        def run(number: int, given: Feeds) -> Array:
            return self.torch(number, changes=changes, feeds=given).output

        return self._runs(run, feeds, times, axis, seed)

    @property
    def is_of_floats(self) -> bool:
        return all(np.issubdtype(x.dtype, np.floating) for x in self.met.given.values())

    def kept(self, key: float | None, make: Callable[[], T]) -> T:
        """What is made once for the segment, whatever is changed in the port."""
        if key not in self._made:
            self._made[key] = make()
        found: T = self._made[key]
        return found

    def _runs(
        self, run: Callable[[int, Feeds], Array], feeds: Feeds, times: int, axis: int, seed: int
    ) -> Array:
        try:
            tiled = {name: _tiled(values, times, axis) for name, values in feeds.items()}
            found = run(seed, tiled)
            return found.reshape(times, len(found) // times, *self.shape[1:])
        except (ModelError, ValueError):  # a batch size was written down, in a reshape or a draw
            self.is_tiled = False
            return np.stack([run(seed + n, feeds) for n in range(min(times, FEW))])

    def measured(self, what: str, keras: Array, torch: Array, noise: float) -> Measured:
        names = " + ".join(step.name for step in self.met.match.torch)
        return Measured(self.met.match.keras.name, names, keras, torch, noise, what)


def _filled(feeds: Feeds, value: float | None) -> Feeds:
    if value is None:
        return feeds
    return {name: np.full_like(values, value) for name, values in feeds.items()}


def _few(feeds: Feeds, samples: int | None, axis: int) -> Feeds:
    """The first samples of each that has as many as any; the rest is shared by all."""
    count = max((x.shape[axis] for x in feeds.values() if x.ndim > axis), default=0)
    if samples is None or count <= samples:
        return feeds
    return {
        name: np.take(x, range(samples), axis) if x.ndim > axis and x.shape[axis] == count else x
        for name, x in feeds.items()
    }


def _tiled(values: Array, times: int, axis: int) -> Array:
    return np.concatenate([values] * times, axis) if values.ndim > axis else values
