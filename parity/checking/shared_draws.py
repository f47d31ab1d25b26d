"""What layers draw in training, proven by gradients: both sides given the same draws, each taken by
a call of the port's, and every gradient equal.

Layer by layer, draws are compared where an alignment supposes them; a port may draw elsewhere, as a
stack of recurrent layers between them, or in front of one. So gradients decide, and lines say why.
"""

from collections.abc import Callable
from dataclasses import replace

from parity.checking.collected import Collected
from parity.gates import TRAINING, structure
from parity.records.comparison import Finding, GateResult, worst
from parity.records.training import Session

PROVEN = "with the same draws on both sides, all gradients agree"

Judged = tuple[list[GateResult], list[Finding]]


def is_open(found: Collected, shared: Session) -> bool:
    """Is there something about draws, and nothing else, that the gradients could prove?"""
    if shared.own is None or not shared.layers:
        return False
    lines = [x for gate in found.gates if gate.name == TRAINING for x in gate.layers]
    left = {x.keras for x in lines if x.verdict != "pass"}
    is_drawn = left <= found.drawn and (bool(left) or structure.is_one_sided(_structure(found)))
    others = {"forward", "weights", "output"}
    return is_drawn and all(x.verdict == "pass" for x in found.gates if x.name in others)


def prove(found: Collected, gradients: Callable[[], Judged]) -> Judged:
    """What the gate `gradients` gives; where it passes, so do the lines about draws."""
    judged = gradients()
    if all(gate.verdict == "pass" for gate in judged[0]):
        for gate in [x for x in found.gates if x.name == TRAINING]:
            found.replace(_proven(gate, found.drawn))
            found.findings = [x for x in found.findings if x.gate != TRAINING]
            found.in_training, found.mended, found.remains = (), None, ""
        found.replace(structure.proven(_structure(found), PROVEN))
    return judged


def _structure(found: Collected) -> GateResult:
    return found.gate("structure")


def _proven(gate: GateResult, drawn: frozenset[str]) -> GateResult:
    lines = tuple(
        replace(line, verdict="pass", note=PROVEN)
        if line.verdict != "pass" and line.keras in drawn
        else line
        for line in gate.layers
    )
    return replace(gate, layers=lines, verdict=worst(x.verdict for x in lines), note=PROVEN)
