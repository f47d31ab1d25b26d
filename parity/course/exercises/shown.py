"""Exercises in the terminal: the list, a task, a hint, a solution."""

import re
from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from parity.course.exercises.exercise import Exercise, diff
from parity.diagnose.causes import CAUSES

CODE = re.compile(r"`([^`]+)`")


def listing(exercises: Iterable[Exercise]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("pair", "N", "title", "difficulty", "topic"):
        table.add_column(name, no_wrap=name != "title")
    for exercise in exercises:
        number, level, topic = str(exercise.number), exercise.level, exercise.topic
        table.add_row(exercise.pair, number, exercise.title, level, topic)
    return table


def heading(exercise: Exercise) -> Text:
    return Text(f"{exercise.pair}, exercise {exercise.number}: {exercise.title}", style="bold")


def prose(text: str) -> Text:
    """What stands in `backticks` is set as code."""
    shown = Text()
    for number, part in enumerate(CODE.split(text)):
        shown.append(part, style="cyan" if number % 2 else "")
    return shown


def solution(exercise: Exercise) -> RenderableType:
    """The diff that mends the port, what rings, why, and where to read on."""
    facts = Table.grid(padding=(0, 2))
    facts.add_row("gate", Text(exercise.gate, style="bold"))
    facts.add_row("layer", Text(exercise.layer or "none alone", style="bold"))
    facts.add_row("cause", _cause(exercise))
    if exercise.entry:
        facts.add_row("see", Text(f"parity differences {exercise.entry}"))
    changed = Syntax(diff(exercise).rstrip(), "diff", theme="ansi_dark", background_color="default")
    return Group(
        heading(exercise),
        Padding(changed, (1, 0)),
        facts,
        Padding(prose(exercise.explanation), (1, 0, 0, 0)),
    )


def _cause(exercise: Exercise) -> Text:
    if not exercise.cause:
        return Text("none is named: the gate and the layer are what the check can tell")
    return Text.assemble((exercise.cause, "bold red"), f"  {CAUSES[exercise.cause].says}")
