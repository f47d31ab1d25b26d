"""What `parity results diff` shows: two results folders, A and B."""

import math
from collections.abc import Iterable, Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.text import Text

from parity.checking.show.console import verdict
from parity.results.diff.folders import Changed, Diff, Timed
from parity.results.diff.runs import OUTCOMES, Agreement, Figure, Parting
from parity.results.show.terminal import coloured, heading, notes, signed, table
from parity.results.statistics import Spread
from parity.results.tables.text import digits


def diff(names: tuple[str, str], found: Diff) -> RenderableType:
    """Two folders. names: of A and of B."""
    parts: list[RenderableType] = [Text(f"A  {names[0]}\nB  {names[1]}")]
    parts += [heading("how they were run"), *_changed(found)]
    parts += _agreements(found.agreements)
    for (pair, start), rows in groupby(found.figures, key=lambda one: (one.pair, one.start)):
        parts += _figures(pair, start, list(rows))
    for lane, timed in groupby(found.timings, key=lambda one: one.lane):
        parts += _timed(lane, timed)
    for arm, lines in zip("AB", (found.only_a, found.only_b), strict=True):
        if lines:
            parts += [heading(f"only in {arm}"), *(Text(line) for line in lines)]
    return Group(*parts, Text(""), _summary(found))


def _changed(found: Diff) -> list[RenderableType]:
    if not found.pairs:
        return [Text("no pair is in both")]
    parts: list[RenderableType] = [_change(one, found.pairs) for one in found.changed]
    if not parts:
        parts.append(Text("nothing differs"))
    if found.unrecorded:
        parts.append(Text("the source had changes after its commit, which are not recorded"))
    return parts


def _change(one: Changed, pairs: Sequence[str]) -> Text:
    of = "" if one.pairs == tuple(pairs) else f" ({', '.join(one.pairs)})"
    return Text.assemble(f"{one.thing}{of}: ", (one.a, "cyan"), " against ", (one.b, "magenta"))


def _agreements(found: Sequence[Agreement]) -> list[RenderableType]:
    if not found:
        return []
    columns = ["pair", "start", "side", "bitwise equal", "part at epoch"]
    rows = [
        (
            one.pair,
            one.start,
            one.framework,
            f"{one.equal} of {len(one.runs)}",
            _parting(one.parting),
            _size(one.largest["test loss"]),
            _size(one.largest["test accuracy"]),
        )
        for one in found
    ]
    title = "runs in both: where they part first, and how far they end apart at most"
    return [heading(title), table([*columns, "test loss", "test accuracy"], rows)]


def _parting(found: Parting | None) -> str:
    return f"{found.epoch}, {found.figure.replace('_', ' ')}" if found else ""


def _figures(pair: str, start: str, found: Sequence[Figure]) -> list[RenderableType]:
    """The final test figures of a pair and a start; below, what it takes to decide."""
    said: dict[str, list[str]] = {}
    rows = []
    for one in found:
        figure = one.metric.removeprefix("test ")
        rows.append(
            (
                one.framework,
                figure,
                _spread(one.a),
                _spread(one.b),
                signed(one.difference),
                f"±{one.margin:.2g}",
                coloured(one.outcome),
            )
        )
        if _note(one):
            said.setdefault(_note(one), []).append(f"{one.framework} {figure}")
    return [
        heading(f"final test figures of {pair}, {start}: {_seeds(found)}"),
        table(["side", "figure", "A", "B", "B - A", "margin", "verdict"], rows),
        *notes(said, len(rows)),
    ]


def _note(one: Figure) -> str:
    if one.needed is not None:
        return f"about {one.needed} seeds in each would decide"
    return f"{one.outcome}: {one.why}" if one.why else ""


def _seeds(found: Sequence[Figure]) -> str:
    counts = {(len(one.seeds_a), len(one.seeds_b)) for one in found}
    return " or ".join(
        f"{a} seed{'s' if a > 1 else ''}" if a == b else f"{a} against {b} seeds"
        for a, b in sorted(counts)
    )


def _timed(lane: str, found: Iterable[Timed]) -> list[RenderableType]:
    rows = [
        (
            one.pair,
            one.framework,
            digits(one.a),
            digits(one.b),
            "other data" if one.ratio is None else digits(one.ratio),
        )
        for one in found
    ]
    columns = ["pair", "side", "A", "B", "B / A"]
    return [heading(f"seconds an epoch, lane {lane}"), table(columns, rows)]


def _summary(found: Diff) -> Text:
    """The verdict, and what it rests on."""
    equal = sum(one.equal for one in found.agreements)
    runs = sum(len(one.runs) for one in found.agreements)
    said = f"{equal} of {runs} runs in both are bitwise equal" if runs else "no run is in both"
    if not runs or equal < runs:
        for outcome in OUTCOMES:
            number = sum(one.outcome == outcome for one in found.figures)
            if number:
                said += f", {number} figure{'s' if number > 1 else ''} {outcome}"
    return Text.assemble(verdict(found.verdict), f": {said}")


def _spread(found: Spread) -> str:
    if math.isnan(found.mean):
        return "not finite"
    return f"{found.mean:.4f}" + ("" if found.sd is None else f" ± {found.sd:.4f}")


def _size(difference: float) -> str:
    if math.isnan(difference):
        return "unknown"
    return f"{difference:.1e}" if difference else "0"
