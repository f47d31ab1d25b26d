"""Long work tells how far it is, whoever looks."""

import io

import pytest
from rich.console import Console

from parity.checking.show import counting


def told(*, is_terminal: bool, pieces: int) -> str:
    console = Console(file=io.StringIO(), force_terminal=is_terminal, width=80)
    with counting.counting(console, 3) as watch:
        for number in range(pieces):
            watch(f"piece {number}")
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def test_a_log_gets_a_line_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter(range(0, 400, 40))  # every look at the clock is so much after the last
    monkeypatch.setattr("time.monotonic", lambda: float(next(seconds)))
    assert told(is_terminal=False, pieces=3) == "2 of 3 done\n"


def test_a_log_of_quick_work_stays_empty() -> None:
    assert told(is_terminal=False, pieces=3) == ""


def test_a_terminal_gets_a_bar() -> None:
    assert "2/3" in told(is_terminal=True, pieces=2)
