"""The page's template, and the filters by which it turns figures into text."""

import math
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from parity.checking.show import answer, diagnosis, verdicts
from parity.checking.show.page import colours, graph, lines, plot, reasons
from parity.checking.show.unchecked import unchecked
from parity.errors import printable
from parity.language import digits, spoken, told, told_whole
from parity.language.templates import translated
from parity.numerics.noise import LIMIT
from parity.records.comparison import GateResult, Report

NOTHING, TIMES = "\N{EN DASH}", "\N{MULTIPLICATION SIGN}"  # in the place of what was not measured
LONG = 40  # rows of a table that is folded
MARKS = {"pass": "✓", "differ": "✗", "inherited": "↳", "incomplete": "?", "not run": NOTHING}


def html(report: Report) -> str:
    """One file: style, script and drawings stand in it. All names are escaped."""
    rows = lines.of(report)
    differing = frozenset(line.number for line in rows if line.state == "differ")
    found = reasons.of(report)
    first = {number: reason.numbers[0] for reason in found for number in reason.numbers}
    keras, torch = graph.sides([line.row for line in rows], differing)
    text = (
        _environment()
        .get_template("page.html")
        .render(
            report=report,
            pair=verdicts.named(report.pair),
            sentence=verdicts.sentence(report),
            rows=rows,
            keras=keras,
            torch=torch,
            plot=plot.of(rows),
            area=plot,
            reasons=found,
            told_at=lambda numbers: {first[number]: None for number in numbers},
            left=[answer.said(*one) for one in answer.missing(report)],
            unchecked=list(unchecked(report)) if report.verdict == "pass" else [],
            together=diagnosis.together(report.mended, report.remains),
            gates=report.gates,
            provenance=list(_grouped(report.provenance)),
            style=Markup(f"{asset('base.css')}\n{asset('page.css')}\n{colours.stylesheet()}"),
            script=Markup(asset("page.js")),
            limit=LIMIT,
            is_long=len(rows) > LONG,
        )
    )
    return printable(text)


def asset(name: str) -> str:
    """A file of the page's own; `base.css` is that of the lessons, too."""
    folder = resources.files("parity.checking.show.page") / "assets"
    return (folder / name).read_text(encoding="utf-8")


def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader("parity.checking.show.page"),
        autoescape=True,
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    found.globals |= {"marks": MARKS, "has_figures": _has_figures, "lang": spoken}
    found.globals["gone"] = diagnosis.gone
    found.filters |= {
        "figure": figure,
        "times": times,
        "shape": shape,
        "file": lambda where: Path(where).name,
        "told_whole": told_whole,
    }
    return translated(found)


def _has_figures(gate: GateResult) -> bool:
    return any(line.max_abs is not None for line in gate.layers)


def _grouped(found: dict[str, Any]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Provenance under its headings; what stands under none is "also"."""
    also = {name: value for name, value in found.items() if not isinstance(value, dict)}
    nested = {name: value for name, value in found.items() if isinstance(value, dict) and value}
    for name, values in (nested | ({"also": also} if also else {})).items():
        yield _words(name), [(_words(key), _told(value)) for key, value in values.items()]


def _words(name: str) -> str:
    return told(name.replace("_", " "))


def _told(value: Any) -> str:
    if isinstance(value, bool):
        return told("yes" if value else "no")
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else told(str(value))


def figure(value: float | None) -> str:
    """Two significant digits: "3.3e-15", "0"; a dash for what was not measured."""
    if value is None:
        return NOTHING
    if not math.isfinite(value):
        return told("not finite")
    return "0" if value == 0 else digits(f"{value:.1e}")


def times(value: float | None) -> str:
    """A multiple: "2.0"; with a power of ten where it is large."""
    if value is None:
        return NOTHING
    if not math.isfinite(value):
        return told("not finite")
    return digits(f"{value:.1f}") if value < 1000 else f"{value:.0e}"


def shape(sizes: Iterable[int] | None) -> str:
    """The shape of values, whose first axis is the batch: N, 28, 28, 16 with crosses between."""
    if sizes is None:
        return NOTHING
    return f" {TIMES} ".join(["N", *(str(size) for size in list(sizes)[1:])])
