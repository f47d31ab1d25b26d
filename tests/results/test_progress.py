"""How a comparison goes on, in words."""

import io
from dataclasses import replace

from rich.console import Console

from parity.records.jobs import Job
from parity.results.show.progress import Progress

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
