"""A search is given the time in which it works, and no more of a busy machine than it bears."""

import pytest

from parity.checking import own_time
from parity.checking.own_time import OwnTime
from parity.records import budget
from parity.sides import usage


@pytest.mark.parametrize(
    ("clock", "own", "is_spent"),
    [
        (9.0, 9.0, False),
        (11.0, 10.0, True),
        (11.0, 5.0, False),  # other programs had the other half
        (19.0, 9.0, True),
        (49.0, 1.0, False),
        (51.0, 1.0, True),
    ],
)
def test_what_other_programs_take_does_not_count(
    monkeypatch: pytest.MonkeyPatch, clock: float, own: float, is_spent: bool
) -> None:
    def at(seconds: float, worked: float) -> None:
        for module in (budget, own_time):
            monkeypatch.setattr(module, "monotonic", lambda: 100.0 + seconds)
        monkeypatch.setattr(usage, "busy", lambda: usage.Busy(seconds, 0.0, 7.0 + worked))

    at(0.0, 0.0)
    found = OwnTime(10.0)
    assert not found.is_spent
    at(clock, own)
    assert found.is_spent == is_spent
