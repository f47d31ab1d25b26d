"""What `parity results diff` shows: two results folders, A and B."""

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd
from rich.console import Group, RenderableType
from rich.text import Text

from parity.checking.show.console import verdict
from parity.results.diff.folders import Diff
from parity.results.diff.runs import ARM, OUTCOMES
from parity.results.equivalence import METRICS
from parity.results.show.terminal import coloured, heading, notes, signed, table
from parity.results.tables.text import digits, is_known, plus_minus

SIDE = ["pair", "framework"]
OTHER = "other data"  # in an epoch: the ratio would mean nothing


def diff(names: tuple[str, str], found: Diff) -> RenderableType:
    """Two folders. names: of A and of B."""
    parts: list[RenderableType] = [Text(f"A  {names[0]}\nB  {names[1]}")]
    parts += [heading("how they were run"), *_changed(found)]
    if len(found.runs):
        title = "runs in both: where they part first, and how far they end apart at most"
        columns = ["pair", "start", "side", "bitwise equal", "part at epoch", *METRICS]
        parts += [heading(title), table(columns, _agreements(found.runs))]
    if len(found.figures):
        for (pair, start), rows in found.figures.groupby(["pair", "start"], sort=False):
            parts += _figures(f"final test figures of {pair}, {start}", rows)
    for lane, rows in found.timings.groupby("lane", sort=False):
        timed = [
            (*map(str, names), digits(a), digits(b), digits(ratio) or OTHER)
            for *names, a, b, ratio in rows[[*SIDE, "A", "B", "ratio"]].to_numpy()
        ]
        columns = ["pair", "side", "A", "B", "B / A"]
        parts += [heading(f"seconds an epoch, lane {lane}"), table(columns, timed)]
    for arm, lines in zip("AB", (found.only_a, found.only_b), strict=True):
        if lines:
            parts += [heading(f"only in {arm}"), *(Text(line) for line in lines)]
    return Group(*parts, Text(""), _summary(found))


def as_json(found: Diff) -> dict[str, Any]:
    """Tables as lists of their rows."""
    return {
        name: one.to_dict("records") if isinstance(one, pd.DataFrame) else one
        for name, one in vars(found).items()
    }


def _changed(found: Diff) -> Iterator[Text]:
    if not found.pairs:
        yield Text("no pair is in both")
    elif found.changed.empty:
        yield Text("nothing differs")
    for one in found.changed.to_dict("records"):
        of = "" if one["pairs"] == found.pairs else f" ({', '.join(one['pairs'])})"
        told = ((one["A"], "cyan"), " against ", (one["B"], "magenta"))
        yield Text.assemble(f"{one['thing']}{of}: ", *told)
    if found.unrecorded:
        yield Text("the source had changes after its commit, which are not recorded")


def _agreements(runs: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    for arm, rows in runs.groupby(ARM, sort=False):
        parted = rows[rows["figure"].notna()]
        first = parted.sort_values(["part at epoch", "figure"]).head(1)
        where = [f"{one[0]:.0f}, {one[1]}" for one in first[["part at epoch", "figure"]].to_numpy()]
        apart = [rows[f"{name} B - A"].abs().max(skipna=False) for name in METRICS]
        equal = f"{len(rows) - len(parted)} of {len(rows)}"
        yield (*map(str, arm), equal, "".join(where).replace("_", " "), *map(_size, apart))


def _figures(title: str, found: pd.DataFrame) -> list[RenderableType]:
    """The final test figures of a pair and a start; below, what it takes to decide."""
    said: dict[str, list[str]] = {}
    rows = []
    for one in found.to_dict("records"):
        name = one["metric"].removeprefix("test ")
        spreads = (plus_minus(one[f"{arm}.mean"], one[f"{arm}.sd"]) for arm in "AB")
        apart = (signed(one["difference"]), f"±{one['margin']:.2g}", coloured(one["outcome"]))
        rows.append((one["framework"], name, *spreads, *apart))
        note = f"{one['outcome']}: {one['why']}" if one["why"] else ""
        if is_known(one["needed"]):
            note = f"about {one['needed']:.0f} seeds in each would decide"
        if note:
            said.setdefault(note, []).append(f"{one['framework']} {name}")
    counts = sorted({tuple(map(len, both)) for both in found[["seeds A", "seeds B"]].to_numpy()})
    return [
        heading(f"{title}: {' or '.join(_seeds(*count) for count in counts)}"),
        table(["side", "figure", "A", "B", "B - A", "margin", "verdict"], rows),
        *notes(said, len(rows)),
    ]


def _seeds(a: int, b: int) -> str:
    return f"{a} seed{'s' if a > 1 else ''}" if a == b else f"{a} against {b} seeds"


def _summary(found: Diff) -> Text:
    """The verdict, and what it rests on."""
    equal, runs = int(found.runs["figure"].isna().sum()), len(found.runs)
    said = f"{equal} of {runs} runs in both are bitwise equal" if runs else "no run is in both"
    if not runs or equal < runs:
        outcomes = found.figures["outcome"].tolist() if len(found.figures) else []
        for outcome in OUTCOMES:
            number = outcomes.count(outcome)
            if number:
                said += f", {number} figure{'s' if number > 1 else ''} {outcome}"
    return Text.assemble(verdict(found.verdict), f": {said}")


def _size(difference: float) -> str:
    if math.isnan(difference):
        return "unknown"
    return f"{difference:.1e}" if difference else "0"
