"""The laboratory of differences in the terminal, and as results/differences.md."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from parity.course.laboratory.bench import Measurement, Result
from parity.course.laboratory.experiment import (
    KINDS,
    Entry,
    area,
    code,
    functions,
    helpers,
    is_control,
    measured,
    title,
)
from parity.diagnose.causes import CAUSES
from parity.language import gettext as _
from parity.language import told

VERDICTS = {True: "holds", False: "NO LONGER HOLDS"}


def causes(entry: Entry) -> tuple[str, ...]:
    """The causes by which `parity check` names this difference in a port."""
    return tuple(name for name, cause in CAUSES.items() if cause.entry == entry.id)


def merged(measurements: Sequence[Measurement]) -> list[tuple[Measurement, str]]:
    """Each figure once, with all the backends that it was measured on."""
    rows: dict[tuple[str, str, bool], list[Measurement]] = {}
    for found in measurements:
        rows.setdefault((found.translation, found.text, found.holds), []).append(found)
    return [(same[0], ", ".join(found.backend for found in same)) for same in rows.values()]


def table(results: Mapping[str, Result], entries: Mapping[str, Entry]) -> Table:
    """One line a figure: for all entries at once."""
    found = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in (_("difference"), _("naive"), _("faithful"), _("claim")):
        found.add_column(name, overflow="fold")
    for key, result in results.items():
        found.add_row(
            key,
            told(_worst(result.of("naive"))) or _("(control)"),
            told(_worst(result.of("faithful"))),
            told(VERDICTS[result.holds]),
            style="" if result.holds else "bold red",
        )
    return found


def _worst(measurements: Sequence[Measurement]) -> str:
    if not measurements:
        return ""
    return max(measurements, key=lambda found: found.distance).text


def full(entry: Entry, result: Result | None) -> RenderableType:
    """One entry with its code."""
    parts: list[RenderableType] = [
        Text(f"\n{told(title(entry))}", style="bold"),
        Text(entry.id, "dim"),
    ]
    for name, text in words(entry):
        parts.append(Padding(Text.assemble((f"{told(name)}  ", "bold"), told(text)), (0, 0, 0, 2)))
    for function in (*helpers(entry), *functions(entry)):
        syntax = Syntax(code(function), "python", background_color="default")
        parts.append(Padding(syntax, (1, 0, 0, 4)))
    if result is not None:
        parts.append(Padding(_figures(result), (1, 0, 0, 2)))
    return Group(*parts)


def _figures(result: Result) -> Table:
    found = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("", _("translation"), _("apart from Keras"), _("Keras on"), _("claim")):
        found.add_column(name, overflow="fold")
    for each, backends in merged(result.measurements):
        style = "" if each.holds else "bold red"
        label, claim = told(each.label), told(VERDICTS[each.holds])
        cells = (told(each.kind), label, told(each.text), backends, claim)
        found.add_row(*map(Text, cells), style=style)  # a label's [i] is no markup
    return found


def words(entry: Entry) -> list[tuple[str, str]]:
    """What an entry says, by heading, without its figures."""
    told = [
        ("Keras", entry.keras_does),
        ("PyTorch", entry.torch_does),
        ("Naive", entry.naive_error or "Nothing: the frameworks agree, and this checks that."),
        ("Faithful", entry.faithful_line),
        ("Note", entry.note),
        ("Measured", measured(entry)),
        ("Named by the check", ", ".join(causes(entry))),
        ("Source", "; ".join(entry.source)),
    ]
    return [(name, text) for name, text in told if text]


def page(
    results: Mapping[str, Result], entries: Mapping[str, Entry], provenance: dict[str, Any]
) -> str:
    """results/differences.md."""
    chosen = {key: entries[key] for key in results}
    controls = sum(map(is_control, chosen.values()))
    broken = [key for key, result in results.items() if not result.holds]
    versions = ", ".join(f"{name} {v}" for name, v in provenance["versions"].items())
    parts = [
        "# Differences between Keras and PyTorch",
        f"{len(chosen) - controls} differences and {controls} controls, each measured by an "
        "experiment of a few lines: the naive translation, the faithful one, and how far each is "
        "from Keras. A percentage is the mean absolute difference over Keras's mean absolute "
        "value. `parity differences ID` shows the code and runs it.",
        f"Made by `parity differences --out` with {versions}.",
        f"No longer true: {', '.join(broken)}." if broken else "All claims hold.",
    ]
    for name, group in groupby(chosen.items(), key=lambda item: area(item[1])):
        parts.append(f"## {name.capitalize()}")
        parts += [_section(entry, results[key]) for key, entry in group]
    return "\n\n".join(parts) + "\n"


def _section(entry: Entry, result: Result) -> str:
    lines = [f'### <a id="{entry.id}"></a>{title(entry)}', f"`{entry.id}`"]
    told = [(name, _code(text) if name == "Faithful" else text) for name, text in words(entry)]
    lines.append("\n".join(f"- **{name}**: {text}" for name, text in told))
    rows = ["| translation | | apart from Keras | Keras on |", "|---|---|---|---|"]
    for kind in KINDS:
        for found, backends in merged(result.of(kind)):
            rows.append(
                f"| {kind} | {_code(_cell(found.label))} | {_cell(found.text)} | {backends} |"
            )
    lines.append("\n".join(rows))
    return "\n\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("\n", " ").replace("|", "\\|")


def _code(text: str) -> str:
    """What is Python rather than prose, marked as such."""
    return f"`{text}`" if any(sign in text for sign in "()[]=") else text
