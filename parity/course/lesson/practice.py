"""The exercises of a pair, as its page shows them."""

import difflib
from collections.abc import Iterator

from parity.course import exercises
from parity.course.exercises.exercise import diff, faulty, solution
from parity.course.lesson import blocks, code
from parity.course.lesson.records import Exercise, Line


def of(pair: str) -> tuple[Exercise, ...]:
    return tuple(_exercise(found) for found in exercises.of(pair))


def _exercise(found: exercises.Exercise) -> Exercise:
    changes = diff(found).splitlines()
    return Exercise(
        found.number,
        found.title,
        found.task,
        tuple(_excerpt(solution(found), faulty(found))),
        found.gate,
        found.layer,
        found.hint,
        found.explanation,
        tuple(line for line in changes if not line.startswith(("---", "+++"))),
        found.cause,
        found.entry,
    )


def _excerpt(right: str, wrong: str) -> Iterator[Line]:
    """The functions and classes of the faulty file that have a change in them, whole."""
    changed = set(_changed(right.splitlines(), wrong.splitlines()))
    lines = code.highlighted(wrong)
    shown = False
    for block in blocks.top_level(wrong):
        if changed & set(range(block.start, block.stop)):
            if shown:
                yield Line(0, 0, ())
            yield from lines[block.start - 1 : block.stop - 1]
            shown = True


def _changed(right: list[str], wrong: list[str]) -> Iterator[int]:
    """Lines of `wrong`, counted from 1, that a change touches; of a deletion the line below it."""
    matcher = difflib.SequenceMatcher(None, right, wrong, autojunk=False)
    for kind, _, _, start, stop in matcher.get_opcodes():
        if kind != "equal":
            yield from range(start + 1, max(stop, start + 1) + 1)
