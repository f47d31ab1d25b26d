"""How long a search inside a check may take, whatever else the machine is busy with."""

from time import monotonic

from parity.records.budget import Budget
from parity.sides import usage

LONGEST = 5  # times as long on a clock, however busy the machine is: every search ends
WORKED = 0.8  # of the time on the clock, where nothing else is run: processes wait for each other


class OwnTime(Budget):
    """Seconds in which a check itself works, from when it is made on: beside other programs it
    finds what it finds alone."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self._before = usage.busy().own

    @property
    def is_spent(self) -> bool:
        over = monotonic() - self._end
        if over < 0 or over >= (LONGEST - 1) * self._seconds:
            return over >= 0
        return usage.busy().own - self._before >= WORKED * self._seconds
