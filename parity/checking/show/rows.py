"""Rows under headings, as wide as the terminal allows: no word is cut, at whatever width.

A table where it fits; with fewer columns where that is enough; and else a short list a row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

Cell = Text | str
READABLE = 24  # columns that a text needs, to be one rather than a tower of words


@dataclass(frozen=True)
class Column:
    """is_number: set to the right. is_prose: may be broken between words; one column at most.
    leave_out: where there is no room, those of a higher number go first; 0: never."""

    title: str
    is_number: bool = False
    is_prose: bool = False
    leave_out: int = 0


@dataclass(frozen=True)
class Rows:
    """A cell a column in each row."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    has_heads: bool = True

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for rows in self._smaller():
            if rows._width() <= options.max_width:
                yield rows._table()
                return
        yield from map(rows._listed, rows.rows)

    def _smaller(self) -> Iterator["Rows"]:
        """These, and the same with fewer and fewer columns."""
        for limit in sorted({column.leave_out for column in self.columns}, reverse=True):
            kept = [place for place, x in enumerate(self.columns) if x.leave_out <= limit]
            rows = [[row[place] for place in kept] for row in self.rows]
            yield Rows([self.columns[place] for place in kept], rows, self.has_heads)

    def _width(self) -> int:
        """What it takes to cut no word."""
        return sum(map(self._least, range(len(self.columns)))) + 2 * len(self.columns)

    def _least(self, place: int) -> int:
        column = self.columns[place]
        cells = [str(row[place]) for row in self.rows] + [column.title] * self.has_heads
        whole = max(map(cell_len, cells), default=0)
        if not column.is_prose:
            return whole
        words = max((cell_len(word) for cell in cells for word in cell.split()), default=0)
        return max(words, min(whole, READABLE))

    def _table(self) -> Table:
        table = Table(
            box=box.SIMPLE_HEAD if self.has_heads else None,
            show_header=self.has_heads,
            show_edge=False,
            pad_edge=False,
            padding=(0, 1 if self.has_heads else 2, 0, 0),
        )
        for column in self.columns:
            table.add_column(
                column.title,
                justify="right" if column.is_number else "left",
                no_wrap=not column.is_prose,
            )
        for row in self.rows:
            table.add_row(*map(_text, row))
        return table

    def _listed(self, row: Sequence[Cell]) -> Group:
        """What it is called, and below it all that is said of it."""
        name, *others = map(_text, row)
        told = [
            Text.assemble(f"{column.title} " if column.is_number else "", cell)
            for column, cell in zip(self.columns[1:], others, strict=True)
            if cell
        ]
        return Group(name, Padding(Text(", ").join(told), (0, 0, 0, 2)))


def _text(cell: Cell) -> Text:
    return Text(cell) if isinstance(cell, str) else cell
