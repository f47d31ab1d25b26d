"""Gather a pair's page from its two files, a live check, and what results folders hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from parity.course.lesson import code, practice
from parity.course.lesson.measured import Measured
from parity.course.lesson.records import Drift, Laboratory, Lesson, Outcome
from parity.course.twins import source
from parity.records.pair import Pair


@dataclass(frozen=True)
class Folder:
    """What a results folder holds, by pair."""

    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    drifts: Mapping[str, tuple[Drift, ...]] = field(default_factory=dict)


def lesson(pair: Pair, measured: Measured, results: Folder, laboratory: Laboratory) -> Lesson:
    """A pair's page. Raises ModelError where a file of the pair cannot be found."""
    titles = {name: entry.title for name, entry in laboratory.entries.items()}
    return Lesson(
        pair.name,
        pair.task,
        pair.about,
        _file(pair.keras),
        _file(pair.torch),
        code.twins(source(pair.keras), source(pair.torch), measured.matches, titles),
        measured.checked,
        results.outcomes.get(pair.name),
        results.drifts.get(pair.name, ()),
        practice.of(pair.name),
    )


def _file(module: str) -> str:
    return module.replace(".", "/") + ".py"
