"""What all tables share: figures as people read them, and Markdown and LaTeX of a whole table."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Table:
    """A table twice: all its figures, and the columns that people read, as text."""

    name: str  # of its files
    figures: pd.DataFrame
    text: pd.DataFrame
    names: int  # the first columns of the text are names; the rest are figures


def table(
    name: str,
    rows: list[dict[str, Any]],
    text: Mapping[str, Callable[[dict[str, Any]], str]],
    names: int,
) -> Table:
    shown = pd.DataFrame(
        [{column: make(row) for column, make in text.items()} for row in rows], columns=list(text)
    )
    # A column that says nothing of any row is none that people need.
    return Table(name, pd.DataFrame(rows), shown.loc[:, (shown != "").any()], names)


def number(value: float | None) -> float:
    return math.nan if value is None else value


def is_known(value: Any) -> bool:
    return value is not None and not (isinstance(value, float) and math.isnan(value))


def count(value: float | None) -> str:
    return f"{value:,.0f}" if is_known(value) and value is not None else ""


def digits(value: float | None, places: int | None = None) -> str:
    """With these decimals; else with about three significant digits."""
    if value is None or not is_known(value):
        return ""
    if places is None:
        places = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    return f"{value:,.{places}f}"


def mean_and_sd(row: dict[str, Any], name: str, places: int = 4) -> str:
    """A mean, with the sample sd over seeds where there is one."""
    mean, sd = row.get(name), row.get(f"{name}_sd")
    return "" if mean is None else plus_minus(mean, sd, places)


def plus_minus(mean: float, sd: float | None, places: int = 4) -> str:
    """A mean, which is NaN where a figure is not finite, with its sample sd where it has one."""
    if math.isnan(mean):
        return "not finite"
    return f"{mean:.{places}f}" + (f" ± {sd:.{places}f}" if is_known(sd) else "")


def signed(value: float) -> str:
    return "" if math.isnan(value) else f"{value:+.1e}"


def interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{low:+.1e} to {high:+.1e}"


def p_value(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.3f}" if value >= 0.001 else "< 0.001"


def markdown(table: Table) -> str:
    """The text as Markdown; names to the left, figures to the right."""
    text = table.text
    head = "| " + " | ".join(str(name) for name in text.columns) + " |"
    rule = "|" + "|".join("---" if i < table.names else "--:" for i in range(text.shape[1])) + "|"
    body = ["| " + " | ".join(str(value) for value in row) + " |" for row in text.to_numpy()]
    return "\n".join([head, rule, *body])


def markdown_rows(head: Sequence[str], body: Sequence[Sequence[str]], names: int = 0) -> str:
    """Rows of text as Markdown; the first columns are names and stand to the left."""
    lines = ["| " + " | ".join(row) + " |" for row in (head, *body)]
    lines.insert(1, "|" + "---|" * names + "--:|" * (len(head) - names))
    return "\n".join(lines)
