"""The exercises of a pair, as its page shows them."""

import difflib
from collections.abc import Iterator

from parity.course.exercises.exercise import Exercise, diff, faulty, solution
from parity.course.lesson import blocks, code
from parity.course.lesson.records import Line


def changes(exercise: Exercise) -> list[str]:
    """The lines of the diff from the faulty port to the solution, without its head."""
    return [line for line in diff(exercise).splitlines() if not line.startswith(("---", "+++"))]


def excerpt(exercise: Exercise) -> Iterator[Line]:
    """The functions and classes of the faulty file that have a change in them, whole."""
    right, wrong = solution(exercise), faulty(exercise)
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
