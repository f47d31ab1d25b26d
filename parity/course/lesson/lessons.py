"""Gather a pair's page from its two files, a live check, and what results folders hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from parity.course import exercises
from parity.course.lesson import code
from parity.course.lesson.records import Checked, Drift, Lesson, Outcome
from parity.course.twins import source
from parity.records.pair import Pair


@dataclass(frozen=True)
class Folder:
    """What a results folder holds, by pair."""

    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    drifts: Mapping[str, tuple[Drift, ...]] = field(default_factory=dict)


def lesson(pair: Pair, checked: Checked, results: Folder) -> Lesson:
    """A pair's page. Raises ModelError where a file of the pair cannot be found."""
    return Lesson(
        pair,
        code.twins(source(pair.keras), source(pair.torch), checked.layers),
        checked,
        results.outcomes.get(pair.name),
        results.drifts.get(pair.name, ()),
        exercises.of(pair.name),
    )
