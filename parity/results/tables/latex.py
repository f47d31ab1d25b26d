"""Tables for a paper: LaTeX with booktabs, captions and labels, split where they are too wide."""

from collections.abc import Iterator

import pandas as pd

from parity.results.tables.text import Table

WIDE = 100  # letters and gaps of a line that fit a page of A4 or US letter in \\small
GAP = 2  # between columns, in letters
LONG, BROKEN = 40, "p{5.5cm}"  # letters from which a cell is broken into lines, and its column
CAPTIONS = {
    "comparison": "Final figures of both frameworks: mean and standard deviation over seeds.",
    "metrics": "Metrics of their own on the test samples: mean and standard deviation over seeds.",
    "timing": "Training speed of both frameworks, by lane.",
    "equivalence": "Two one-sided tests of the differences between the frameworks.",
    "checks": "What the gates found before any training.",
}
SYMBOLS = {
    "\N{PLUS-MINUS SIGN}": r"$\pm$",
    "\N{MINUS SIGN}": "$-$",
    "\N{MULTIPLICATION SIGN}": r"$\times$",
}


def latex(table: Table) -> str:
    """One or more `table` environments; they need the packages booktabs and inputenc's utf8."""
    parts = [*_parts(table)]
    return "\n".join(_part(table, part, number, len(parts)) for number, part in enumerate(parts, 1))


def _part(table: Table, text: pd.DataFrame, number: int, count: int) -> str:
    of_several = f" ({number} of {count})" if count > 1 else ""
    label = f"tab:{table.name}" + (f"-{number}" if count > 1 else "")
    made: str = (
        text.style.hide(axis="index")
        .format(escape="latex")
        .format_index(escape="latex", axis=1)
        .to_latex(
            hrules=True,
            column_format="".join(_columns(table, text)),
            caption=CAPTIONS[table.name] + of_several,
            label=label,
            position="htbp",
            position_float="centering",
        )
    )
    made = made.replace("\\centering\n", "\\centering\n\\small\n", 1)
    for symbol, command in SYMBOLS.items():
        made = made.replace(symbol, command)
    return made


def _parts(table: Table) -> Iterator[pd.DataFrame]:
    """The columns in as many parts as they need; each begins with the columns of names."""
    text = table.text
    widths = [min(letters, LONG) + GAP for letters in _letters(text)]
    first = [*range(table.names)]
    part, width = [*first], sum(widths[: table.names])
    for column in range(table.names, text.shape[1]):
        if width + widths[column] > WIDE and len(part) > len(first):
            yield text.iloc[:, part]
            part, width = [*first], sum(widths[: table.names])
        part.append(column)
        width += widths[column]
    yield text.iloc[:, part]


def _columns(table: Table, text: pd.DataFrame) -> Iterator[str]:
    for place, letters in enumerate(_letters(text)):
        yield BROKEN if letters > LONG else "l" if place < table.names else "r"


def _letters(text: pd.DataFrame) -> list[int]:
    """Of the longest cell of each column."""
    return [max(map(len, (str(name), *map(str, text[name])))) for name in text.columns]
