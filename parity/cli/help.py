"""How --help is laid out, and in which language it and refusals are."""

import argparse
import textwrap
from typing import Any, NoReturn

from parity.language import gettext, told

GAP = "   "  # between a command and what it does


class Parser(argparse.ArgumentParser):
    """What it refuses is told in the language that is spoken."""

    def error(self, message: str) -> NoReturn:
        super().error(told(message))


class Help(argparse.HelpFormatter):
    """Wraps each line of a text by itself, so that examples keep their lines at any width."""

    def __init__(self, prog: str, **options: Any) -> None:
        super().__init__(prog, **options)
        self._max_help_position = min(self._max_help_position, self._width // 3)

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, gettext("usage: ") if prefix is None else prefix)

    def start_section(self, heading: str | None) -> None:
        super().start_section(heading and gettext(heading))

    def add_text(self, text: str | None) -> None:
        super().add_text(text and gettext(text))

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return action.help and gettext(action.help)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines = text.splitlines()
        is_broken = any(GAP in line.strip() and len(indent + line) > width for line in lines)
        return "\n".join(_filled(line, width, indent, is_broken) for line in lines)


def _filled(line: str, width: int, indent: str, is_broken: bool) -> str:
    """A line that is too long goes on below. is_broken: what a command does stands below it."""
    if len(indent + line) <= width and not (is_broken and GAP in line.strip()):
        return indent + line
    begin = indent + line[: len(line) - len(line.lstrip())]
    first, gap, about = line.strip().partition(GAP)
    hung = begin + "    "
    if not gap:
        return _wrapped(first, width, begin, hung if begin else "")
    return f"{_wrapped(first, width, begin, hung)}\n{_wrapped(about.strip(), width, hung, hung)}"


def _wrapped(text: str, width: int, first: str, others: str) -> str:
    return textwrap.fill(
        text,
        width,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )
