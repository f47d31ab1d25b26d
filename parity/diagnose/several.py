"""Two or three faults of a layer that show only where all of them are mended: behind a pooling of
another size, or a relu that cuts off most values, what mends one of them brings both sides no
nearer, so that no way leads from one to the next."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from parity.diagnose.differing_segment import DifferingSegment, Result, gap_of, is_noise, played
from parity.records.budget import Budget
from parity.records.interventions import Change

SECONDS = 2.0  # for a layer: half a second of a small one
STEPS = 12  # of the port's: what is written out in more, as a cell, is no layer with two settings
AMONG = {2: 30, 3: 12}  # of so many of the first, which are the likely ones, all pairs and triples
Way = tuple[Result, ...]


def together(subject: DifferingSegment, tried: Sequence[Result], budget: Budget) -> Way | None:
    """Those that make the segment agree, in the order in which they were tried; None where none
    do."""
    if len(subject.match.torch) > STEPS:
        return None
    clock = Budget(SECONDS)
    for way in budget.lasting(clock.lasting(_ways(tried))):
        gap, layout = gap_of(subject, played(subject, _changes(way)))
        if is_noise(subject, gap):
            *others, last = way
            ends = (_changes(way[: n + 1]) for n in range(len(others)))
            gaps = [gap_of(subject, played(subject, changes))[0] for changes in ends]
            shown = (replace(one, gap=left) for one, left in zip(others, gaps, strict=True))
            return (*shown, replace(last, gap=gap, layout=layout))
    return None


def _ways(tried: Sequence[Result]) -> Iterator[Way]:
    for size, most in AMONG.items():
        yield from filter(_fit, combinations(tried[:most], size))


def _fit(way: Way) -> bool:
    """Does each change something else? Of a step one call is made, with any settings."""
    places = [place for one in way for place in {_place(c) for c in one.hypothesis.changes}]
    return len(set(places)) == len(places) > 0


def _place(change: Change) -> tuple[str, ...]:
    return (change.step, change.what, "" if change.what == "call" else change.name, change.role)


def _changes(way: Sequence[Result]) -> tuple[Change, ...]:
    return tuple(change for one in way for change in one.hypothesis.changes)
