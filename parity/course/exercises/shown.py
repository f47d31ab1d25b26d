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
from parity.language import gettext as _
from parity.language import told

CODE = re.compile(r"`([^`]+)`")


def listing(exercises: Iterable[Exercise]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in (_("pair"), "N", _("title"), _("difficulty"), _("topic")):
        table.add_column(name, no_wrap=name != _("title"))
    for exercise in exercises:
        words = map(told, (exercise.title, exercise.level, exercise.topic))
        table.add_row(exercise.pair, str(exercise.number), *words)
    return table


def heading(exercise: Exercise) -> Text:
    said = _("{pair}, exercise {number}: {title}").format(
        pair=exercise.pair, number=exercise.number, title=told(exercise.title)
    )
    return Text(said, style="bold")


def prose(text: str) -> Text:
    """What stands in `backticks` is set as code."""
    shown = Text()
    for number, part in enumerate(CODE.split(text)):
        shown.append(part, style="cyan" if number % 2 else "")
    return shown


def solution(exercise: Exercise) -> RenderableType:
    """The diff that mends the port, what rings, why, and where to read on."""
    facts = Table.grid(padding=(0, 2))
    facts.add_row(_("gate"), Text(exercise.gate, style="bold"))
    facts.add_row(_("layer"), Text(exercise.layer or _("none alone"), style="bold"))
    facts.add_row(_("cause"), _cause(exercise))
    if exercise.entry:
        facts.add_row(_("see"), Text(f"parity differences {exercise.entry}"))
    changed = Syntax(diff(exercise).rstrip(), "diff", theme="ansi_dark", background_color="default")
    return Group(
        heading(exercise),
        Padding(changed, (1, 0)),
        facts,
        Padding(prose(told(exercise.explanation)), (1, 0, 0, 0)),
    )


def _cause(exercise: Exercise) -> Text:
    if not exercise.cause:
        return Text(_("none is named: the gate and the layer are what the check can tell"))
    return Text.assemble((exercise.cause, "bold red"), f"  {told(CAUSES[exercise.cause].says)}")
