"""Long families of tests: each day some of their members, all with PARITY_TESTS=all.

With the number of a day, which pytest says at the end, the tests are those of that day.
"""

import os
from collections.abc import Sequence
from datetime import date
from typing import TypeVar

T = TypeVar("T")

VARIABLE = "PARITY_TESTS"


def settle() -> str:
    """The choice; one for all processes of a run, though it may last until after midnight."""
    if VARIABLE not in os.environ:
        os.environ[VARIABLE] = str(date.today().toordinal())
    return os.environ[VARIABLE]


def in_turn(members: Sequence[T], days: int) -> list[T]:
    """Those whose turn it is: every one has its own within so many days."""
    chosen = settle()
    if chosen == "all":
        return list(members)
    first = int(chosen) % days
    return [member for place, member in enumerate(members) if place % days == first]
