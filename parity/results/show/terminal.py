"""Tables in a terminal of 80 columns, for `parity results`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from rich import box
from rich.table import Table
from rich.text import Text

from parity.results.tables import text

NAMES = ("pair", "start", "side", "figure", "verdict", "part at epoch")
FOLDED = ("part at epoch",)  # where the terminal is narrow
SHORT = 10  # characters: "images / s" is better read in one line
COLOURS = {
    "identical": "green",
    "equivalent": "green",
    "different": "bold red",
    "undecided": "yellow",
    "not judged": "yellow",
}

Row = Sequence[str | Text]


def heading(title: str) -> Text:
    return Text(f"\n{title}", style="bold")


def table(columns: Sequence[str], rows: Iterable[Row]) -> Table:
    """Names to the left, figures to the right. As narrow as its cells: heads are broken for it."""
    found = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    cells = [[Text(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
    for number, name in enumerate(columns):
        width = max(_head(name), *(len(row[number].plain) for row in cells))
        side: Literal["left", "right"] = "left" if name in NAMES else "right"
        found.add_column(Text(name), justify=side, width=None if name in FOLDED else width)
    for row in cells:
        found.add_row(*row)
    return found


def _head(name: str) -> int:
    """How wide the head of a column is in one line, or a longer one in two."""
    words = name.split()
    splits = [(" ".join(words[:i]), " ".join(words[i:])) for i in range(1, len(words))]
    if len(name) <= SHORT or not splits:
        return len(name)
    return min(max(len(first), len(second)) for first, second in splits)


def notes(found: Mapping[str, Sequence[str]], everything: int) -> list[Text]:
    """What is to be said of rows below their table: note -> the rows it is about."""
    return [
        Text(note if len(names) == everything else f"{', '.join(names)}: {note}")
        for note, names in found.items()
    ]


def coloured(word: str) -> Text:
    return Text(word, style=COLOURS[word])


def signed(difference: float) -> str:
    return text.signed(difference) if difference else "0"
