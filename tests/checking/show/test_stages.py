"""What a check is at: in a terminal alone, and gone at its end."""

from io import StringIO

import pytest
from rich import progress

from parity.checking.show.stages import stages
from parity.checking.show.terminal import Terminal


def test_nothing_is_written_where_nobody_watches() -> None:
    pipe = StringIO()
    with stages(Terminal(file=pipe, force_terminal=False), "mlp") as begun:
        begun("weights")
        begun("layers: fc1")
    assert pipe.getvalue() == ""


def test_a_stage_that_is_over_keeps_its_time_and_its_parts_share_a_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[progress.Progress] = []

    class Kept(progress.Progress):
        def start(self) -> None:
            made.append(self)
            super().start()

    monkeypatch.setattr(progress, "Progress", Kept)
    page = StringIO()
    with stages(Terminal(file=page, force_terminal=True, width=80), "mlp") as begun:
        for what in ("weights", "layers: fc1", "layers: [red]fc2"):
            begun(what)
        (bar,) = made
        assert [task.description for task in bar.tasks] == ["mlp: weights", "mlp: layers: [red]fc2"]
        assert [task.finished for task in bar.tasks] == [True, False]
        bar.refresh()
    assert "[red]fc2" in page.getvalue()
    assert "0:00:00" in page.getvalue()
