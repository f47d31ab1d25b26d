"""results/selftest.md: the figures, the detection matrix, and what came out otherwise."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from parity.checking.show.rows import Cell, Column, Rows
from parity.selftest import repairs
from parity.selftest.matrix import Row
from parity.selftest.repairs import Rate

COUNTS = ("tried", "caught", "layer named", "cause first", "cause named", "repaired")
HEAD = ("mistake", "cause", *COUNTS)
# Where a terminal has no room, which figure goes first; 0: never.
LEFT_OUT = dict(zip(COUNTS, (1, 2, 4, 3, 0, 0), strict=True))


def page(
    figures: dict[str, dict[str, int]],
    bank: Sequence[Row],
    planted: Sequence[Row],
    failures: Sequence[str],
    provenance: dict[str, Any],
    rates: Mapping[str, Rate],
) -> str:
    """The page as Markdown. rates: of repair, of each part."""
    versions = ", ".join(f"{name} {v}" for name, v in provenance["versions"].items())
    settings = provenance["settings"]
    parts = [
        "# Self-test",
        "Models whose mistakes are known, and what the check says of them. *caught*: the verdict "
        "is no pass; *layer named*: the mistake's own layer is among the findings; *cause first*: "
        "the right cause is the first that is named there. *Meddled with* is a faithful port whose "
        "result, or input, goes through something that no layer does (a constant, work in place "
        "through a view or `.data`, a rounding, a step that is skipped on some inputs): running it "
        "with and without tells whether that shows.",
        "*repaired*: all causes that the report names are changed in the port as it runs, and it "
        "returns what Keras returns, on every draw. Where a report says so, the mended port is run "
        "once more beside Keras, from outside, on inputs and weights that the check has not seen "
        "(ports that differ in training alone are judged by the gate `training`); what does not "
        "agree there counts as not repaired.",
        *_figures(figures),
        *_repairs(rates),
        f"`parity selftest --twins {settings['twins']} --mistakes {settings['mistakes']} "
        f"--meddled {settings['meddled']} --seed {settings['seed']}`, {versions}",
        "## Repairs by cause, in random models",
        _by_cause(rates["planted models"]),
        "## The bank",
        _matrix(bank),
        "## Mistakes planted in random models",
        _matrix(planted),
        "## What did not come out as it should",
        "\n".join(f"- {failure}" for failure in failures) or "Nothing.",
    ]
    return "\n\n".join(parts) + "\n"


def _figures(figures: dict[str, dict[str, int]]) -> list[str]:
    lines = [
        f"- **{name}**: " + ", ".join(f"{count:,} {what}" for what, count in found.items())
        for name, found in figures.items()
    ]
    return ["\n".join(lines)]


def _repairs(rates: Mapping[str, Rate]) -> list[str]:
    lines = [f"- **{name}, repaired**: {repairs.told(found)}" for name, found in rates.items()]
    lines.append(f"- for comparison, other tools, as published: {repairs.PUBLISHED:.0%}")
    return ["\n".join(lines)]


def _by_cause(found: Rate) -> str:
    lines = ["| cause | models | repaired | share |", "|---|--:|--:|--:|"]
    lines += [f"| {g.cause} | {g.tried} | {g.repaired} | {g.rate:.1%} |" for g in found.groups]
    return "\n".join(lines)


def _matrix(rows: Sequence[Row]) -> str:
    lines = ["| " + " | ".join(HEAD) + " |", "|---|---|" + "--:|" * (len(HEAD) - 2)]
    lines += ["| " + " | ".join(str(cell) for cell in cells(row)) + " |" for row in rows]
    return "\n".join(lines)


def cells(row: Row) -> tuple[str | int, ...]:
    counts = row.tried, row.caught, row.placed, row.named, row.among, row.repaired
    return row.mistake, row.cause, *counts


def table(rows: Sequence[Row], title: str) -> RenderableType:
    """The same in the terminal: without the middle figures where it is narrow."""
    columns = [Column("mistake", is_prose=True), Column("cause")]
    columns += [Column(name, is_number=True, leave_out=place) for name, place in LEFT_OUT.items()]
    shown: list[list[Cell]] = []
    for row in rows:
        complete = row.tried == row.caught == row.placed == row.named == row.repaired
        shown.append([Text(str(cell), "" if complete else "yellow") for cell in cells(row)])
    return Group(Text(title, style="bold"), Rows(columns, shown))
