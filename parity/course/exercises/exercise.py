"""An exercise is an edit of a real port: the faulty file is made from it, and cannot drift."""

import difflib
import re
from dataclasses import dataclass
from typing import Literal

from parity.course.twins import source
from parity.language import gettext as _
from parity.pairs import select

Level = Literal["easy", "medium", "hard"]

# What a model file says of the other framework would give the mistakes away.
NOTICE = re.compile(r'\n\nThree things to notice.*?(?=\n""")', re.DOTALL)
DIFFERS = re.compile(r"^( *)# DIFFERS:.*\n(?:\1# .*\n)*", re.MULTILINE)


@dataclass(frozen=True)
class Edit:
    """`right` stands exactly once in the pair's port, as `solution` gives it."""

    right: str
    wrong: str


@dataclass(frozen=True)
class Exercise:
    """A port with one mistake. Its texts may have `code` in backticks, and no other markup.

    gate    the first that rings (parity.gates.GATES)
    layer   the first that rings there, by Keras's name; "" where the gate rings for no one layer
    cause   what the diagnosis names first (parity.diagnose.causes.CAUSES); "" where it names none
    entry   of the catalogue of differences; "" for a plain slip
    """

    pair: str
    number: int  # from 1, the easiest first
    level: Level
    topic: str  # what it is about, in a word or two; gives nothing away
    title: str
    task: str  # sets the scene; gives nothing away
    edits: tuple[Edit, ...]
    gate: str
    layer: str
    cause: str
    entry: str
    hint: str
    explanation: str  # why it rings there, and what the mistake costs

    @property
    def name(self) -> str:
        return f"{self.pair}_{self.number}"


def keras_model(exercise: Exercise) -> str:
    """The text of the pair's Keras file, without what it says of the port."""
    (pair,) = select([exercise.pair])
    return _plain(source(pair.keras))


def solution(exercise: Exercise) -> str:
    """The text of the pair's port, without what it says of the differences."""
    (pair,) = select([exercise.pair])
    return _plain(source(pair.torch))


def faulty(exercise: Exercise) -> str:
    """The solution with the mistake in it."""
    text = solution(exercise)
    for edit in exercise.edits:
        text = text.replace(edit.right, edit.wrong)
    return text


def diff(exercise: Exercise) -> str:
    """A unified diff from the faulty port to the solution."""
    given, mended = (text(exercise).splitlines(keepends=True) for text in (faulty, solution))
    names = _("port.py, as given"), _("port.py, mended")
    return "".join(difflib.unified_diff(given, mended, *names, n=1))


def _plain(text: str) -> str:
    return DIFFERS.sub("", NOTICE.sub("", text))
