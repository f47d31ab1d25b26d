"""Where in a person's files stands what a check speaks of: the lines of layers and of steps."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from parity.mapping.plan import Plan
from parity.records.comparison import Finding, GateResult, LayerCheck, Step

JOINTS = re.compile(r" \+ |, | and ")


class Places:
    """The lines of a plan's layers and steps, by their names."""

    def __init__(self, plan: Plan) -> None:
        self._keras = {step.name: step for step in plan.keras.steps}
        self._torch = {step.name: step for step in plan.torch.with_dead().steps}

    def gates(self, gates: Iterable[GateResult]) -> list[GateResult]:
        return [replace(gate, layers=tuple(map(self._line, gate.layers))) for gate in gates]

    def findings(self, findings: Iterable[Finding]) -> list[Finding]:
        return [self._finding(finding) for finding in findings]

    def _line(self, line: LayerCheck) -> LayerCheck:
        return replace(
            line,
            keras_where=line.keras_where or _where(line.keras, self._keras),
            torch_where=line.torch_where or _where(line.torch, self._torch),
        )

    def _finding(self, finding: Finding) -> Finding:
        first = next((cause.where for cause in finding.causes if cause.where), "")
        return replace(
            finding,
            keras_where=finding.keras_where or _where(finding.keras, self._keras),
            torch_where=finding.torch_where or first or _where(finding.torch, self._torch),
        )


def _where(names: str, steps: Mapping[str, Step]) -> str:
    """Of several steps, where the first with weights is, else the first that has a line."""
    found = [steps[name] for name in JOINTS.split(names) if name in steps]
    found.sort(key=lambda step: not step.variables)
    return next((step.where for step in found if step.where), "")
