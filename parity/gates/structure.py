"""Gate `structure`: the layers answer each other one to one, with equal shapes and counts."""

import numpy as np

from parity.records import Alignment, GateResult, LayerCheck, Layout, Match, Trace, worst


def judge(
    alignment: Alignment, keras: Trace, torch: Trace, layouts: dict[str, Layout]
) -> GateResult:
    """Compare the two structures. Anything unmatched makes the gate incomplete."""
    checks = [_check(match, layouts[match.keras.name]) for match in alignment.matches]
    checks += [
        LayerCheck(name, "", "incomplete", note="no torch step answers this Keras layer")
        for name in alignment.keras_left
    ]
    checks += [
        LayerCheck("", name, "incomplete", note="no Keras layer asks for this torch step")
        for name in alignment.torch_left
    ]
    if torch.error:
        last = torch.steps[-1].name if torch.steps else "nothing"
        checks.append(LayerCheck("", f"after {last}", "differ", note=torch.error))
    verdict = worst(check.verdict for check in checks)
    if not alignment.matches:
        verdict = "incomplete"
    ours, theirs = _parameters(keras), _parameters(torch)
    counts = f"{ours:,} parameters" if ours == theirs else f"{ours:,} against {theirs:,} parameters"
    return GateResult(
        "structure", verdict, tuple(checks), note=f"{len(alignment.matches)} layers, {counts}"
    )


def _check(match: Match, layout: Layout) -> LayerCheck:
    theirs = match.torch[-1].shape
    comparable = tuple(int(n) for n in layout.to_keras(np.empty(theirs, np.int8)).shape)
    ours = sum(_size(v.shape) for v in match.keras.variables if v.kind == "weight")
    theirs_all = (v for step in match.torch for v in step.variables)
    counted = sum(_size(v.shape) for v in theirs_all if v.kind == "weight")
    notes = []
    if comparable != match.keras.shape:
        notes.append(f"shape {match.keras.shape} against {comparable}")
    if ours != counted:
        notes.append(f"{ours:,} parameters against {counted:,}")
    return LayerCheck(
        keras=match.keras.name,
        torch=" + ".join(step.name for step in match.torch),
        verdict="differ" if notes else "pass",
        keras_shape=match.keras.shape,
        torch_shape=theirs,
        note="; ".join(notes) or f"{ours:,} parameters",
    )


def _parameters(trace: Trace) -> int:
    return sum(_size(v.shape) for v in trace.variables if v.kind == "weight")


def _size(shape: tuple[int, ...]) -> int:
    return int(np.prod(shape, dtype=int))
