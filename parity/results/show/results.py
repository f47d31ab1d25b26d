"""What `parity results show` shows: one results folder."""

from collections.abc import Sequence

import pandas as pd
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from parity.results import tables
from parity.results.diff.circumstances import How, Told
from parity.results.equivalence import Judged
from parity.results.show.terminal import coloured, heading, notes, signed, table
from parity.results.statistics import ONE_SEED
from parity.results.tables.text import count

# What fits; the folder's README.md has the rest.
COMPARISON = ["pair", "start", "side", "seeds", "test loss", "test accuracy", "ended early"]
TIMING = ["pair", "side", "ms / step [quartiles]", "s / epoch", "images / s", "course s"]


def show(name: str, told: Sequence[Told], left: Sequence[str]) -> RenderableType:
    """A whole folder. left: unfinished work, a line each."""
    found = [one.result for one in told]
    parts: list[RenderableType] = [Text(name)]
    if found:
        parts += [heading("final figures, mean ± sd over seeds")]
        parts += [_frame(tables.comparison(found).text, COMPARISON)]
        parts += _equivalence([one for result in found for one in result.judged])
        parts += _lanes(tables.timing(found).text)
        parts += [Text(spoilt)] if (spoilt := tables.disturbed(found)) else []
        parts += [heading("how it was run"), *_how(told)]
    if left:
        parts += [heading("unfinished"), *(Text(line) for line in left)]
    return Group(*parts)


def _equivalence(judged: Sequence[Judged]) -> list[RenderableType]:
    if not judged:
        return []
    columns = ["pair", "start", "figure", "torch - Keras", "margin", "verdict", "seeds needed"]
    rows = [
        (
            one.pair,
            one.start,
            one.metric.removeprefix("test "),
            signed(one.found.difference),
            f"±{one.found.margin:.2g}",
            ONE_SEED if one.found.why == ONE_SEED else coloured(one.found.verdict),
            count(one.found.needed),
        )
        for one in judged
    ]
    why: dict[str, list[str]] = {}
    for one in judged:
        if one.found.why not in ("", ONE_SEED):
            name = f"{one.pair} {one.start} {one.metric.removeprefix('test ')}"
            why.setdefault(one.found.why, []).append(name)
    return [heading("do both end alike?"), table(columns, rows), *notes(why, len(rows))]


def _lanes(timing: pd.DataFrame) -> list[RenderableType]:
    """A table a lane: rows of two lanes are no contest."""
    parts: list[RenderableType] = []
    if len(timing):
        for lane, rows in timing.groupby("lane", sort=False):
            parts += [heading(f"timing, lane {lane}"), _frame(rows, TIMING)]
    return parts


def _how(told: Sequence[Told]) -> list[RenderableType]:
    """A line a topic; where pairs were run otherwise, a line for those that were run alike."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for topic in told[0].how:
        pairs: dict[str, list[str]] = {}
        for one in told:
            pairs.setdefault(_listed(one.how, topic), []).append(one.result.pair)
        for line, names in pairs.items():
            of = f"{', '.join(names)}: " if len(pairs) > 1 else ""
            if line:
                grid.add_row(topic, Text(of + line))
    return [grid]


def _listed(how: How, topic: str) -> str:
    if topic == "lanes":  # sentences, a line each
        return "\n".join(f"{thing}: {value}" for thing, value in how[topic].items())
    things = how[topic].items()
    return ", ".join(value if thing == topic else f"{thing} {value}" for thing, value in things)


def _frame(text: pd.DataFrame, columns: Sequence[str]) -> Table:
    """Of a table for people (parity.tables), the columns that are there."""
    shown = text[[name for name in columns if name in text.columns]]
    # Which backend it is stands in how it was run.
    short = shown.assign(side=[str(side).partition(" ")[0] for side in shown["side"]])
    rows = [[str(cell) for cell in row] for row in short.to_numpy()]
    return table(list(short.columns), rows)
