"""What a check has found so far."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any

from parity.checking.forward import Compared
from parity.checking.options import Options
from parity.gates import METRICS
from parity.records.budget import Budget
from parity.records.comparison import Finding, GateResult, Report, Verdict
from parity.records.interventions import Change

# A gate is not run where one that it rests on found a difference in the same dtype.
RESTS_ON = {
    METRICS: ("output", "forward"),
    "gradients": ("forward", "training", "loss"),
    "lockstep": ("forward", "training", "loss", "gradients", "optimizer"),
}
# Where steps of training are compared whole, as a side makes its own.
STEPPED = RESTS_ON | {"loss": ("training",), "optimizer": ("training", "loss", "gradients")}
# What is told of how steps are joined, which an alignment only supposes: the outputs prove it.
OF_ALIGNMENT = {
    *("wiring", "layer-extra", "layer-missing", "merge-order", "merge-kind", "concat-axis"),
    *("axis-order", "other-axis", "reshape-order", "flatten-order", "activation-place"),
    *("input-scaling", "input-normalisation", "output-scaling"),
    *("parts-exchanged", "feature-order", "axis-summary", "power", "number", "switch"),
    *("other-places", "rolled"),
}
STOPS: tuple[Verdict, ...] = ("differ", "not run")


def _stops(gate: GateResult, name: str) -> bool:
    """Draws and vectors that could not be shared leave trainings that are no longer the same."""
    apart = gate.name == "gradients" or (gate.name == "training" and name == "lockstep")
    return gate.verdict in STOPS or (apart and gate.verdict == "incomplete")


def cut(gate: str, budget: Budget, dtype: str = "") -> GateResult:
    """A gate that the budget left no time for."""
    return GateResult(gate, "incomplete", dtype=dtype, note=f"not compared: {budget.told}")


@dataclass
class Collected:
    gates: list[GateResult] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    compared: Compared | None = None  # layer by layer, where that was done
    mended: bool | None = None
    remains: str = ""
    changes: tuple[Change, ...] = ()  # of the port, that `mended` is about
    whole: tuple[str, ...] = ()  # classes of modules that are a step each
    inputs: tuple[str, ...] = ()  # where the port takes which
    in_training: tuple[Change, ...] = ()  # further ones, that mend what differs there
    drawn: frozenset[str] = frozenset()  # Keras layers of which draws alone differ in training
    is_placeable: bool = False  # have both sides as many weights, so that all may have a place?

    def add(self, gates: Iterable[GateResult], findings: Iterable[Finding] = ()) -> None:
        self.gates += gates
        self.findings += findings

    def gate(self, name: str) -> GateResult:
        """The gate of this name, of those that look at no values."""
        return next(gate for gate in self.gates if gate.name == name)

    def replace(self, gate: GateResult) -> None:
        """Put a gate in the place of the one of its name and dtype."""
        name = gate.name, gate.dtype
        self.gates = [gate if (g.name, g.dtype) == name else g for g in self.gates]

    def fallen(self, name: str, dtype: str, is_stepped: bool = False) -> list[str]:
        """The gates that this one rests on and that did not pass."""
        rests_on = (STEPPED if is_stepped else RESTS_ON).get(name, ())
        return [
            gate.name
            for gate in self.gates
            if gate.name in rests_on and gate.dtype in (dtype, "") and _stops(gate, name)
        ]

    def drop_supposed(self) -> None:
        """Where the port was mended in vain, leave out what only the outputs prove, and rows that
        an alignment only supposes: those whose shapes do not fit."""
        if not self.mended:
            found = [_without_supposed(finding) for finding in self.findings]
            kept = [finding for finding in found if finding.causes or isfinite(finding.before)]
            self.findings = kept or found[:1]

    def report(self, pair: str, options: Options, provenance: dict[str, Any]) -> Report:
        gates = tuple(gate for gate in self.gates if gate.name in (*options.gates, METRICS))
        findings = tuple(self.findings) if options.explain else ()
        if not findings:
            return Report(pair, gates, provenance)
        mended = self.mended, self.remains, self.changes, self.in_training, self.whole, self.inputs
        found = Report(pair, gates, provenance, findings, *mended)
        decides = any(gate.name == "output" for gate in gates)
        if found.verdict == "incomplete" and decides and not self.mended:
            found = replace(found, diagnosis=tuple(filter(self._stands, findings)))
        return found

    def _stands(self, finding: Finding) -> bool:
        """Is it proven, though a weight without a place may be all that differs?"""
        if finding.gate != "forward":
            return True
        causes = {cause.cause for cause in finding.causes}
        return bool(causes) and not self.is_placeable and not causes & OF_ALIGNMENT


def _without_supposed(finding: Finding) -> Finding:
    kept = tuple(cause for cause in finding.causes if cause.cause not in OF_ALIGNMENT)
    return replace(finding, causes=kept)
