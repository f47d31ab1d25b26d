"""What the gate `output` makes of the others: layers explain a verdict, they never overrule it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import isfinite

from parity.checking.collected import Collected
from parity.checking.options import Options
from parity.checking.own_tensors import UNREAD
from parity.diagnose import unfit
from parity.gates import forward, structure
from parity.records.comparison import (
    EXPLAINING,
    Finding,
    GateResult,
    LayerCheck,
    Ledger,
    Verdict,
    worst,
)

OTHERWISE = "computed otherwise; the outputs agree"
IDLE = "nothing that the port returns depends on"
OWN = "the port is run with the weights that it holds"
HELD = "the outputs agree with the weights that the port holds"


def set_aside(found: Collected, own: Mapping[str, str]) -> None:
    """Where both models differ, tensors that need no counterpart leave nothing open.

    own: these by name, each with why it needs none.
    """
    gate = found.gate("weights")
    lines = tuple(
        replace(line, verdict="pass", note=f"`{name}`: {own[name]}")
        if not (line.keras and line.torch) and (name := line.keras or line.torch) in own
        else line
        for line in gate.layers
    )
    found.replace(replace(gate, layers=lines, verdict=worst(line.verdict for line in lines)))


def set_held(found: Collected) -> None:
    """Where a port that holds weights of its own returns something else, nothing of Keras's without
    a place is why: none were moved."""
    gate = found.gate("weights")
    lines = tuple(
        line if line.keras and line.torch else replace(line, verdict="pass", note=OWN)
        for line in gate.layers
    )
    found.replace(replace(gate, layers=lines, verdict=worst(line.verdict for line in lines)))


def set_unused(found: Collected, places: Mapping[str, str]) -> None:
    """Where the port has tensors for all that is left of Keras's, and never uses them, nothing is
    open: that is what differs.

    places: the port's tensor for each of Keras's weights.
    """
    if not places:
        return
    gate = found.gate("weights")
    placed = [line for line in gate.layers if line.keras and line.torch]
    idle = [
        LayerCheck(ours, theirs, "differ", note=f"{IDLE} `{theirs}`, which is for it")
        for ours, theirs in places.items()
    ]
    found.replace(replace(gate, verdict="differ", layers=(*placed, *idle)))


def once(shapes: Sequence[Finding], causes: Sequence[Finding], agrees: bool) -> list[Finding]:
    """Findings without those that say the same of a layer: where the port agrees with the causes
    mended, without those of shapes alone, which nothing mends; else without those of values."""
    if agrees:
        return [*(x for x in shapes if isfinite(x.after)), *causes]
    known = {(x.keras, y.cause) for x in shapes for y in x.causes}
    kept = [x for x in causes if not x.causes or {(x.keras, y.cause) for y in x.causes} - known]
    return [*shapes, *kept]


def set_explained(found: Collected, ledger: Ledger) -> None:
    """Where causes make the port agree, nothing is to be placed by hand; and that a layer takes
    more features, or fewer, is no cause beside that of what gives them."""
    others = [x for x in found.findings if {cause.cause for cause in x.causes} != {unfit.INPUTS}]
    found.findings = others if any(x.causes for x in others) else found.findings
    gate = found.gate("weights")
    if ledger.snippet:
        lines = tuple(line for line in gate.layers if ledger.snippet not in line.note)
        found.replace(replace(gate, layers=lines, verdict=worst(line.verdict for line in lines)))


def set_raising(found: Collected) -> None:
    """Where the port raises, and does what Keras does once it is mended, it is that which
    differs."""
    for gate in [x for x in found.gates if x.name == "output" and x.verdict == "incomplete"]:
        lines = tuple(replace(line, verdict="differ") for line in gate.layers)
        found.replace(replace(gate, verdict="differ", layers=lines))


def apply(found: Collected, options: Options, is_redrawn: bool, hidden: Sequence[str] = ()) -> None:
    """Where both models return the same, nobody is blamed for how it is computed.

    is_redrawn: did they return the same with other weights, too, on either side and apart from
    each other where they have no counterpart? hidden: layers of Keras's that the port computes
    otherwise by less than what is returned can show.
    """
    outputs = [gate.verdict for gate in found.gates if gate.name == "output"]
    if not outputs or set(outputs) != {"pass"}:
        return
    for gate in list(found.gates):
        if gate.name == "structure":
            found.replace(_settled(gate, OTHERWISE, lambda line: structure.ONE_SIDED in line.note))
        elif gate.name == "forward":
            found.replace(_settled(gate, OTHERWISE, lambda line: line.keras in hidden))
        elif gate.name == "weights" and options.is_loaded:
            found.replace(_settled(gate, HELD))
        elif gate.name == "weights" and is_redrawn:
            found.replace(_settled(gate, UNREAD, lambda line: line.verdict == "differ"))
    if all(gate.verdict == "pass" for gate in found.gates if gate.name in EXPLAINING):
        found.findings = [x for x in found.findings if x.gate not in (*EXPLAINING, "output")]
    if hidden:
        _differ(found, hidden)


def _differ(found: Collected, hidden: Sequence[str]) -> None:
    """What is returned in float64 differs by what these layers do otherwise, and cannot show it."""
    names = ", ".join(hidden)
    note = f"agrees as float32 rounds it, which hides what differs in float64 at {names}"
    for gate in [gate for gate in found.gates if gate.name == "output"]:
        if gate.dtype == "float64":
            lines = tuple(replace(line, verdict="differ", note=note) for line in gate.layers)
            found.replace(replace(gate, verdict="differ", layers=lines, note=note))


def _settled(
    gate: GateResult,
    why: str,
    stays: Callable[[LayerCheck], bool] = lambda line: False,
) -> GateResult:
    """The gate with lines that pass, and say why, but for those that stay as they are."""
    lines = tuple(
        line
        if line.verdict == "pass" or stays(line)
        else forward.meaningful(
            replace(line, verdict="pass", note=f"{why} ({line.note})" if line.note else why)
        )
        for line in gate.layers
    )
    verdict: Verdict = worst(line.verdict for line in lines)
    note = gate.note if gate.verdict == verdict else why
    return replace(gate, layers=lines, verdict=verdict, note=note)
