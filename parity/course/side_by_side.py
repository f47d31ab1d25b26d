"""The twin files side by side in the terminal, heading by heading."""

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from parity.course.twins import path, sections, source
from parity.records.pair import Pair


def show(pair: Pair) -> RenderableType:
    """Both files of a pair in two columns."""
    keras, torch = sections(source(pair.keras)), sections(source(pair.torch))
    parts: list[RenderableType] = []
    for heading in dict.fromkeys([*keras, *torch]):
        table = Table.grid(expand=True, padding=(0, 2))
        table.add_column(ratio=1)
        table.add_column(ratio=1)
        table.add_row(_code(keras.get(heading, "")), _code(torch.get(heading, "")))
        parts += [Rule(heading, align="left"), Padding(table, (0, 0, 1, 0))]
    title = Table.grid(expand=True)
    title.add_column(ratio=1)
    title.add_column(ratio=1)
    title.add_row(*(Text(path(module), style="bold") for module in (pair.keras, pair.torch)))
    return Group(title, *parts)


def _code(text: str) -> Syntax:
    return Syntax(text, "python", theme="ansi_dark", word_wrap=True, background_color="default")
