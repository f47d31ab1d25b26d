"""Gate `structure`: the layers answer each other one to one, with equal shapes and counts."""

from dataclasses import replace

import numpy as np

from parity.mapping import graph_constants
from parity.numerics.judging import counted
from parity.records.comparison import (
    LOW,
    Alignment,
    GateResult,
    LayerCheck,
    Layout,
    Ledger,
    Match,
    Step,
    Trace,
    worst,
)

SHAPE, PARAMETERS = "shape", "parameters against"
DRAWN = "the port draws there in training, where at inference it has no step"
ONE_SIDED = "draws in training, and the other side has nothing like it"


def judge(
    alignment: Alignment,
    keras: Trace,
    torch: Trace,
    layouts: dict[str, Layout],
    ledger: Ledger,
    in_training: bool = True,
) -> GateResult:
    """Compare the two structures. Anything unmatched makes the gate incomplete.

    in_training: a layer that draws in training, and that the other side has not, counts too.
    """
    constant = _constant(ledger)
    checks = [
        _check(match, layouts[match.keras_steps[-1].name], constant) for match in alignment.matches
    ]
    checks += [
        LayerCheck(name, "", "incomplete", note="no torch step answers this Keras layer")
        for name in (() if torch.error else alignment.keras_left)  # none is reached behind it
    ]
    checks += [
        LayerCheck("", name, "incomplete", note="no Keras layer asks for this torch step")
        for name in alignment.torch_left
    ]
    checks += [
        LayerCheck(name, "", "incomplete" if in_training else "pass", note=f"{name} {ONE_SIDED}")
        for name in alignment.training_left
    ]
    checks += _outputs(alignment, keras, torch)
    if torch.error:
        last = torch.steps[-1].name if torch.steps else "nothing"
        checks.append(LayerCheck("", f"after {last}", "differ", note=torch.error))
    verdict = worst(check.verdict for check in checks)
    if not alignment.matches:
        verdict = "incomplete"
    ours, theirs = parameters(keras, torch, ledger)
    counts = f"{ours:,} parameters" if ours == theirs else f"{ours:,} against {theirs:,} parameters"
    return GateResult(
        "structure",
        verdict,
        tuple(checks),
        note=f"{counted(len(alignment.matches), 'layer')}, {counts}{_low(keras)}",
    )


def _low(keras: Trace) -> str:
    """That Keras's own policy is one of low precision."""
    found = sorted({step.settings[LOW] for step in keras.steps if LOW in step.settings})
    kinds = ", ".join(found)
    told = f"Keras's layers of {kinds} are compared in float32 and float64 unless --dtype is given"
    return f"; {told}" if found else ""


def parameters(keras: Trace, torch: Trace, ledger: Ledger) -> tuple[int, int]:
    """How many numbers both sides' weights are, without what is constant or set aside."""
    constant = _constant(ledger)
    return _parameters(keras, constant), _parameters(torch, constant)


def _constant(ledger: Ledger) -> set[str]:
    apart = {v.name for v, _ in ledger.constant} | {name for name, _ in ledger.set_aside}
    return apart | {*graph_constants.names(ledger)}


def _outputs(alignment: Alignment, keras: Trace, torch: Trace) -> list[LayerCheck]:
    """Several outputs in another order, or another number of them."""
    if torch.error:
        return []
    ours, theirs = len(keras.results), len(torch.results)
    if ours != theirs and ours * theirs:
        note = f"{ours} outputs against {theirs}"
        return [LayerCheck("", "", "differ", note=note)]
    answers = {match.torch[-1].name: match.keras_steps[-1].name for match in alignment.matches}
    order = [answers.get(name, name) for name in torch.results]
    if order == list(keras.results) or sorted(order) != sorted(keras.results):
        return []
    note = f"outputs stand in the order {', '.join(order)}, Keras's {', '.join(keras.results)}"
    return [LayerCheck("", "", "differ", note=note)]


def confirmed(structure: GateResult, agreeing: set[str]) -> GateResult:
    """The gate, once values were compared: a value of another shape inside of a longer piece that
    agrees is no difference. agreeing: the Keras layers whose lines passed."""
    checks = tuple(
        replace(line, verdict="pass", note=f"{line.note}; compared as one with its neighbours")
        if line.note.startswith(SHAPE) and PARAMETERS not in line.note and line.keras in agreeing
        else line
        for line in structure.layers
    )
    verdict = worst(line.verdict for line in checks)
    return replace(structure, layers=checks, verdict=verdict if checks else "incomplete")


def drawn(structure: GateResult, answered: set[str]) -> GateResult:
    """The gate, once layers were compared in training: the port draws there, too, where at
    inference it has no step. answered: the Keras layers that are so compared, and agree."""
    names = tuple(f"Keras's {name} (" for name in answered)
    checks = tuple(
        replace(line, verdict="pass", note=f"{line.keras}: {DRAWN}")
        if ONE_SIDED in line.note and line.keras.startswith(names)
        else line
        for line in structure.layers
    )
    verdict = worst(line.verdict for line in checks)
    return replace(structure, layers=checks, verdict=verdict if checks else "incomplete")


def is_one_sided(gate: GateResult) -> bool:
    """Does a side draw, in the lines that did not pass, where the other has nothing like it?"""
    left = [line for line in gate.layers if line.verdict != "pass"]
    return bool(left) and all(ONE_SIDED in line.note for line in left)


def proven(gate: GateResult, why: str) -> GateResult:
    """The gate, where it is known otherwise that what draws has its answer."""
    checks = tuple(
        replace(line, verdict="pass", note=why) if ONE_SIDED in line.note else line
        for line in gate.layers
    )
    return replace(gate, layers=checks, verdict=worst(line.verdict for line in checks))


def _check(match: Match, layout: Layout, constant: set[str]) -> LayerCheck:
    theirs, shape = match.torch[-1].shape, match.keras_steps[-1].shape
    comparable = shape if match.leaf else _moved(theirs, layout)
    ours = _counted(match.keras_steps, constant)
    counted = _counted(match.torch, constant)
    notes = []
    if comparable != shape:
        notes.append(f"{SHAPE} {shape} against {comparable}")
    if ours != counted:
        notes.append(f"{ours:,} {PARAMETERS} {counted:,}")
    beside = [step.name for step in match.keras_steps if step is not match.keras]
    told = f"{ours:,} parameters" + (f"; with {', '.join(beside)}" if beside else "")
    return LayerCheck(
        keras=match.keras.name,
        torch=" + ".join(step.name for step in match.torch),
        verdict="differ" if notes else "pass",
        keras_shape=shape,
        torch_shape=theirs,
        note="; ".join(notes) or told,
    )


def _moved(shape: tuple[int, ...], layout: Layout) -> tuple[int, ...]:
    """The shape in Keras's layout; as it is where the layout does not fit it."""
    try:
        return tuple(int(n) for n in layout.to_keras(np.empty(shape, np.int8)).shape)
    except (ValueError, IndexError):
        return shape


def _counted(steps: tuple[Step, ...], constant: set[str]) -> int:
    """The weights of some steps, each once, without what is constant or set aside."""
    found = {v.name: _size(v.shape) for step in steps for v in step.variables if v.kind == "weight"}
    return sum(size for name, size in found.items() if name not in constant)


def _parameters(trace: Trace, constant: set[str]) -> int:
    found = (v for v in trace.variables if v.kind == "weight" and v.name not in constant)
    return sum(_size(v.shape) for v in found)


def _size(shape: tuple[int, ...]) -> int:
    return int(np.prod(shape, dtype=int))
