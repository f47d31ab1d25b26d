"""Some places along an axis of a weight: where a packed one holds a part."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Part:
    """Of every `period` places of an axis those from `start` to `stop`; 0 is the whole axis.

    Rows 8 to 16 of 24 are Part(0, 8, 16); where three projections are interleaved by head, each of
    two rows, the second is Part(0, 2, 4, period=6).
    """

    axis: int
    start: int
    stop: int
    period: int = 0

    def of(self, array: Array) -> Array:
        """The part of an array. Raises IndexError where the array has no such places."""
        if not self.period:
            return array[(*self._before, slice(self.start, self.stop))]
        return np.take(array, self._places(array), self.axis)

    def put(self, whole: Array, part: Array) -> None:
        """Write a part into an array, in place."""
        places: tuple[Any, ...] = (*self._before, self._places(whole))
        whole[places] = part

    @property
    def _before(self) -> tuple[slice, ...]:
        return (slice(None),) * self.axis

    def _places(self, array: Array) -> Array:
        size = array.shape[self.axis]
        blocks = np.arange(size).reshape(-1, self.period or size)
        return blocks[:, self.start : self.stop].ravel()
