"""A few lines of a person's file around the one that a check speaks of."""

import linecache
import textwrap
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

AROUND = 2  # lines above and below


@dataclass(frozen=True)
class SourceLine:
    number: int
    code: Markup
    is_meant: bool


@dataclass(frozen=True)
class Excerpt:
    """name: "net.py:38", without the folders of this machine."""

    name: str
    lines: tuple[SourceLine, ...]


def excerpt(where: str) -> Excerpt | None:
    """None where no place is known. A file that cannot be read has no lines."""
    file, _, at = where.rpartition(":")
    if not file or not at.isdecimal():
        return None
    text = linecache.getlines(file)
    first = max(1, int(at) - AROUND)
    shown = text[first - 1 : int(at) + AROUND] if int(at) <= len(text) else []
    coloured = highlight(
        textwrap.dedent("".join(shown)), PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)
    )
    lines = tuple(
        SourceLine(number, Markup(code), number == int(at))
        for number, code in zip(
            range(first, first + len(shown)), coloured.splitlines(), strict=False
        )
    )
    return Excerpt(Path(where).name, lines)
