"""What the terminal shows of a check: the answer first, then what it rests on."""

from collections.abc import Iterator
from typing import Literal

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from parity import language
from parity.checking.show import answer, diagnosis, figures, gates
from parity.checking.show.unchecked import unchecked
from parity.checking.show.verdicts import exit_status, headline, told, verdict
from parity.records.comparison import Report

__all__ = ["Detail", "exit_status", "headline", "report", "say", "told", "verdict"]

Detail = Literal["answer", "short", "all"]
BLANK = Text("")


def report(found: Report, detail: Detail = "short") -> RenderableType:
    """One pair: the verdict, the causes with what mends them, a line a gate, the rows that matter.

    detail: "answer" for the verdict alone; "all" for every line of every gate.
    """
    if detail == "answer":
        return headline(found)
    parts = [BLANK, headline(found), *_why(found), BLANK]
    if detail == "all":
        parts += [part for gate in found.gates for part in gates.in_full(gate)]
        parts += _legend()
    else:
        above = [line for lines in answer.missing(found) for line in lines]
        parts += [*gates.in_short(found.gates, above), *_rows(found)]
    return Group(*parts, *_limits(found))


def _why(found: Report) -> Iterator[RenderableType]:
    """Of an incomplete check what is missing; causes with what mends them."""
    missing = answer.missing(found)
    if missing:
        yield from (BLANK, Text(f"  {language.told('what is missing')}", style="bold"))
        yield from (Padding(gates.placed(*lines), (0, 0, 0, 4)) for lines in missing[: gates.NEWS])
    if len(missing) > gates.NEWS:
        more = language.told(f"... and {len(missing) - gates.NEWS} more (-v)")
        yield Padding(Text(more), (0, 0, 0, 4))
    if found.diagnosis:
        yield BLANK
        yield from diagnosis.shown(found.diagnosis, found.mended, found.remains)


def _rows(found: Report) -> Iterator[RenderableType]:
    """The rows that matter."""
    excerpts = list(answer.excerpts(found))
    for excerpt in excerpts:
        yield from (BLANK, *figures.that_matter(excerpt))
    if excerpts:
        yield from _legend()


def _legend() -> Iterator[RenderableType]:
    """What the heads of the rows mean."""
    yield from (BLANK, Padding(Text(language.told(figures.LEGEND), style="dim"), (0, 0, 0, 2)))


def _limits(found: Report) -> Iterator[RenderableType]:
    """What a pass does not say."""
    if found.verdict != "pass":
        return
    yield BLANK
    yield Text(f"  {language.told('not checked')}", style="bold")
    for what, how in unchecked(found):
        yield Padding(Text.assemble(what, (f"{language.gettext(': ')}{how}", "dim")), (0, 0, 0, 4))


def say(console: Console, message: str) -> None:
    """A plain line: no markup is read in it, and it is not broken at the terminal's width."""
    console.print(message, markup=False, highlight=False, soft_wrap=True)
