"""The terminal, which shows names as they are, whoever gave them: a person, a model or a file."""

import errno
import os
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

# A terminal obeys control characters; and some of Unicode's turn the direction of writing.
_OBEYED = (
    *(n for n in range(32) if chr(n) not in "\n\t"),
    *range(0x7F, 0xA0),
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
)
_LEFT_OUT = dict.fromkeys(_OBEYED)


def printable(text: str) -> str:
    """The text without what a terminal would obey."""
    return text.translate(_LEFT_OUT)


class Terminal(Console):
    """A console of rich's that reads no markup in names, and passes on no control characters."""

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            text, style, control = segment
            yield segment if control else Segment(printable(text), style)

    def on_broken_pipe(self) -> None:
        """rich would end the process, with the status that means *differ*."""
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
