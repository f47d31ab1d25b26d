"""results/selftest.md: the figures, the detection matrix, and what came out otherwise."""

from collections.abc import Sequence
from typing import Any

from rich import box
from rich.table import Table

from parity.selftest.matrix import Row

HEAD = ("mistake", "cause", "tried", "caught", "layer named", "cause first", "cause named")


def page(
    figures: dict[str, dict[str, int]],
    bank: Sequence[Row],
    planted: Sequence[Row],
    failures: Sequence[str],
    provenance: dict[str, Any],
) -> str:
    """The page as Markdown."""
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
        *_figures(figures),
        f"`parity selftest --twins {settings['twins']} --mistakes {settings['mistakes']} "
        f"--meddled {settings['meddled']} --seed {settings['seed']}`, {versions}",
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


def _matrix(rows: Sequence[Row]) -> str:
    lines = ["| " + " | ".join(HEAD) + " |", "|---|---|" + "--:|" * (len(HEAD) - 2)]
    lines += ["| " + " | ".join(str(cell) for cell in cells(row)) + " |" for row in rows]
    return "\n".join(lines)


def cells(row: Row) -> tuple[str | int, ...]:
    return row.mistake, row.cause, row.tried, row.caught, row.placed, row.named, row.among


def table(rows: Sequence[Row], title: str) -> Table:
    """The same in the terminal."""
    found = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left")
    for number, name in enumerate(HEAD):
        found.add_column(name, justify="left" if number < 2 else "right", overflow="fold")
    for row in rows:
        complete = row.tried == row.caught == row.placed == row.named
        found.add_row(*(str(cell) for cell in cells(row)), style="" if complete else "yellow")
    return found
