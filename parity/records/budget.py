"""How long a check may take."""

from collections.abc import Iterable, Iterator
from math import inf
from time import monotonic
from typing import TypeVar

Item = TypeVar("Item")


class Budget:
    """Seconds that count from when it is made. What is running is finished; nothing new begins."""

    def __init__(self, seconds: float) -> None:
        """seconds: `inf` for as long as it takes."""
        self._seconds = seconds
        self._end = monotonic() + seconds

    @property
    def is_spent(self) -> bool:
        return monotonic() >= self._end

    @property
    def told(self) -> str:
        """Why something was not done, for a note."""
        return f"the budget of {self._seconds:g} s was spent (--budget)"

    def lasting(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items, as long as there is time: none is asked for when it is over."""
        waiting = iter(items)
        while not self.is_spent:
            try:
                item = next(waiting)
            except StopIteration:
                return
            yield item


UNLIMITED = Budget(inf)
