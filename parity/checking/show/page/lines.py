"""The rows of a page: what both models do there, what was measured, and what is to be said."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from parity.numerics.noise import LIMIT
from parity.records.comparison import GateResult, LayerCheck, Report, Verdict, worst
from parity.records.passes import Row

JOINTS = re.compile(r" \+ |, | and ")
Told = dict[tuple[str, str], list[tuple[GateResult, LayerCheck]]]
TELLING = ("forward", "weights", "structure")  # the gates whose lines name layers


@dataclass(frozen=True)
class Line:
    """One row of both models.

    state    its verdict; "inherited" where it only hands on a difference
    figures  of the gate `forward`, by dtype; notes: what gates say of it, each once
    causes   the numbers of the findings about it, from 1
    """

    number: int  # from 1
    row: Row
    state: str
    figures: dict[str, LayerCheck]
    notes: tuple[str, ...]
    is_first: bool
    causes: tuple[int, ...]

    def is_inside(self, dtype: str) -> bool:
        """Does it agree only as one with its neighbours? Then its own figure tells nothing."""
        line = self.figures[dtype]
        return line.verdict == "pass" and (line.noise_ratio or 0.0) > LIMIT

    @property
    def keras(self) -> str:
        return ", ".join(node.name for node in self.row.keras)

    @property
    def torch(self) -> str:
        return " + ".join(node.name for node in self.row.torch)

    @property
    def name(self) -> str:
        return self.keras or self.torch


def of(report: Report) -> tuple[Line, ...]:
    about = [_names(finding.keras, finding.torch) for finding in report.diagnosis]
    told = _told(report)
    found = [_line(number, row, told, about) for number, row in enumerate(report.passes.rows, 1)]
    first = next((line for line in found if _holds(line, report.first_divergence, told)), None)
    return tuple(replace(line, is_first=line is first) for line in found)


def _line(number: int, row: Row, told: Told, about: Sequence[frozenset[str]]) -> Line:
    found = _said(row, told)
    names = {node.name for node in (*row.keras, *row.torch)}
    return Line(
        number,
        row,
        _state(found),
        {gate.dtype: line for gate, line in found if gate.name == "forward"},
        tuple(dict.fromkeys(line.note for gate, line in found if _is_news(gate, line))),
        False,
        tuple(place for place, own in enumerate(about, 1) if own & names),
    )


def _said(row: Row, told: Told) -> list[tuple[GateResult, LayerCheck]]:
    """What gates say of a row: of its layers, and of their weights."""
    nodes = [*(("keras", x) for x in row.keras), *(("torch", x) for x in row.torch)]
    # Lines of what nothing answers have its kind behind the name.
    keys = [
        (side, name)
        for side, node in nodes
        for name in (node.name, f"{node.name} ({node.kind})", *node.weights)
    ]
    found = [each for key in dict.fromkeys(keys) for each in told.get(key, ())]
    return sorted(found, key=lambda each: TELLING.index(each[0].name))


def _holds(line: Line, first: LayerCheck | None, told: Told) -> bool:
    return any(check is first for _, check in _said(line.row, told))


def _is_news(gate: GateResult, line: LayerCheck) -> bool:
    """Of a weight that has its place the ledger tells."""
    return bool(line.note) and (gate.name != "weights" or line.verdict != "pass")


def _told(report: Report) -> Told:
    """What gates say of layers, by the side and the name that a line goes by."""
    found: Told = {}
    for gate in report.gates:
        for line in gate.layers if gate.name in TELLING else ():
            key = ("keras", line.keras) if line.keras else ("torch", line.torch)
            found.setdefault(key, []).append((gate, line))
    return found


def _names(*texts: str) -> frozenset[str]:
    return frozenset(name for text in texts for name in JOINTS.split(text) if name)


def _state(told: Sequence[tuple[GateResult, LayerCheck]]) -> str:
    """What values say, where they were compared; else what the other gates do."""
    figures = [line for gate, line in told if gate.name == "forward"]
    lines = figures or [line for _, line in told]
    if not lines:
        return "not run"
    verdict: Verdict = worst(line.verdict for line in lines)
    alone = (line.isolated_ratio or 0.0 for line in figures)
    hands_on = verdict == "differ" and bool(figures) and all(ratio <= LIMIT for ratio in alone)
    return "inherited" if hands_on else verdict
