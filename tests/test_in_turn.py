"""What is left out today has its turn."""

from pathlib import Path

import pytest

from tests.conftest import BY_TURNS, LONGEST
from tests.in_turn import VARIABLE, in_turn

MEMBERS = tuple("abcdefg")


@pytest.mark.parametrize("days", [1, 3, 7, 10])
def test_every_member_has_its_turn_within_so_many_days(
    monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    seen: list[str] = []
    for day in range(739_000, 739_000 + days):
        monkeypatch.setenv(VARIABLE, str(day))
        seen += in_turn(MEMBERS, days)
    assert sorted(seen) == sorted(MEMBERS)


def test_all_is_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "all")
    assert in_turn(MEMBERS, 3) == list(MEMBERS)


def test_the_day_is_the_same_until_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    first = in_turn(MEMBERS, 3)
    monkeypatch.setattr("tests.in_turn.date", None)  # nobody asks again
    assert in_turn(MEMBERS, 3) == first


def test_files_that_are_named_to_take_turns_or_to_come_first_are_there() -> None:
    folder = Path(__file__).parent
    assert [name for name in (*BY_TURNS, *LONGEST) if not (folder / name).is_file()] == []
