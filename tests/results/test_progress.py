"""How a comparison goes on, in words."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from parity.records.jobs import Job
from parity.results.show.progress import Progress
from tests.results.plot_records import timed

JOB = Job("mlp", "torch", "tensorflow", "matched", "course", "paired", 0, 3)


def test_at_the_end_nothing_is_left() -> None:
    other = replace(JOB, seed=1)
    with Progress(Console(file=io.StringIO(), width=200)) as progress:
        progress.planned({JOB.id: 0.1, other.id: 0.2}, 10)
        progress.seen(JOB, 2, 5)
        assert progress._left().startswith("17% done, about ")
        progress.seen(JOB, 3, 10)
        progress.seen(other, 3, 10)
        progress._done[JOB.id] = 0.1 + 3e-17  # a sum of shares
        progress._done[other.id] = 0.2 + 3e-17
        assert progress._left() == "100% done"


@pytest.mark.parametrize(("others", "is_told"), [(1.6, True), (0.1, False), (None, False)])
def test_a_timing_that_other_programs_disturbed_says_so(
    others: float | None, is_told: bool
) -> None:
    out = io.StringIO()
    timing = timed("mlp", "torch", "matched", 2.0)
    timing = replace(timing, settings={"others": others, "processors": 2})
    with Progress(Console(file=out, width=200)) as progress:
        progress.timed("mlp", [timing])
    assert ("other programs kept 1.6 of 2 processors busy" in out.getvalue()) is is_told
