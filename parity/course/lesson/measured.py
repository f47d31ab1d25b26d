"""Check a pair while its page is built, and keep what the page shows of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from parity.checking import models, run
from parity.checking.options import Options
from parity.checking.probe import Probe
from parity.course.lesson.records import Checked, GateFact, LayerFact, LedgerRow
from parity.gates import GATES
from parity.mapping.plan import Plan
from parity.records.comparison import GateResult, LayerCheck, LedgerLine, Match, Report
from parity.records.pair import Pair
from parity.sides.process import Sides


@dataclass(frozen=True)
class Measured:
    """The facts of a page, and the alignment that finds its layers in the source."""

    checked: Checked
    matches: tuple[Match, ...]


def measure(
    pair: Pair, sides: Sides, shown: Probe, provenance: dict[str, Any], choice: Options
) -> Measured:
    """Run the chosen gates on the pair."""
    plan = models.draw_up(pair, sides, choice, shown)
    report = run.gates(plan, sides, choice, shown, provenance)
    return Measured(facts(plan, report, sides.keras.backend), plan.alignment.matches)


def facts(plan: Plan, report: Report, backend: str) -> Checked:
    """What the page shows of a plan and the report on it."""
    lines = [_ledger_row(line) for line in plan.ledger.lines]
    return Checked(
        report.verdict,
        backend,
        tuple(_layer(match, lines, report) for match in plan.alignment.matches),
        tuple(lines),
        plan.ledger.set_aside,
        tuple(_gate(name, report) for name in GATES if _found(name, report)),
        sum(_count(row.keras_shape) for row in lines),
        any(len(match.keras.shape) == 4 for match in plan.alignment.matches),
        bool(plan.torch.outside),
    )


def _count(shape: Sequence[int]) -> int:
    product = 1
    for size in shape:
        product *= size
    return product


def _ledger_row(line: LedgerLine) -> LedgerRow:
    path = line.keras.name.split("/")
    layer = path[-2] if len(path) > 1 else ""
    names = "/".join(path[1:]) or line.keras.name
    move = line.move.name
    return LedgerRow(layer, names, line.keras.shape, move, line.torch.name, line.torch.shape)


def _layer(match: Match, lines: Sequence[LedgerRow], report: Report) -> LayerFact:
    name = match.keras.name
    steps = [f"{step.path} ({step.kind})" if step.path else step.kind for step in match.torch]
    return LayerFact(
        name,
        match.keras.kind,
        match.keras.activation,
        match.keras.shape,
        tuple(steps),
        match.torch[-1].shape,
        tuple(row for row in lines if row.layer == name),
        _line(name, report, "float64"),
        _line(name, report, "float32"),
    )


def _line(layer: str, report: Report, dtype: str) -> LayerCheck | None:
    for gate in _found("forward", report):
        if gate.dtype == dtype:
            return next((line for line in gate.layers if line.keras == layer), None)
    return None


def _found(name: str, report: Report) -> list[GateResult]:
    return [gate for gate in report.gates if gate.name == name]


def _gate(name: str, report: Report) -> GateFact:
    by_dtype = {gate.dtype: gate for gate in _found(name, report)}
    return GateFact(name, by_dtype.get(""), by_dtype.get("float64"), by_dtype.get("float32"))
