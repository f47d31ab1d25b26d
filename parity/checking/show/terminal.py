"""The terminal, which shows names as they are, whoever gave them: a person, a model or a file."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from parity.errors import printable


class Terminal(Console):
    """A console of rich's that reads no markup in names, and passes on no control characters."""

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            text, style, control = segment
            if style is not None and style.link and not self.is_terminal:
                style = style.update_link(None)  # it names this machine's folders
            yield segment if control else Segment(printable(text), style)
