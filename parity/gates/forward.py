"""Gate `forward`: each layer gives the same numbers, judged against its own measured noise."""

from parity.difference import Difference, difference
from parity.noise import LIMIT, ratio
from parity.records import Dtype, Evidence, GateResult, LayerCheck, worst


def judge(dtype: Dtype, layers: list[Evidence], complete: bool) -> GateResult:
    """One line a layer. `complete` says whether every layer has its evidence."""
    checks = tuple(_check(layer) for layer in layers)
    verdict = worst(check.verdict for check in checks)
    if verdict == "pass" and not (complete and checks):
        verdict = "incomplete"
    first = next((check for check in checks if check.verdict == "differ"), None)
    if first is not None:
        note = f"first divergence: {first.keras} against {first.torch}"
    else:
        largest = max((check.max_abs or 0.0 for check in checks), default=0.0)
        note = f"{len(checks)} layers, largest difference {largest:.1e}"
    return GateResult("forward", verdict, checks, dtype, note)


def _check(layer: Evidence) -> LayerCheck:
    steps = layer.match.torch
    name = " + ".join(step.name for step in steps)
    accumulated = difference(layer.keras, layer.torch)
    isolated = difference(layer.keras, layer.isolated)
    accumulated_ratio = ratio(accumulated.max_abs, layer.noise)
    isolated_ratio = ratio(isolated.max_abs, layer.isolated_noise)
    within = accumulated_ratio <= LIMIT and isolated_ratio <= LIMIT
    return LayerCheck(
        keras=layer.match.keras.name,
        torch=name,
        verdict="pass" if within else "differ",
        keras_shape=layer.match.keras.shape,
        torch_shape=steps[-1].shape,
        max_abs=accumulated.max_abs,
        index=accumulated.index,
        rel=accumulated.rel,
        ulp=accumulated.ulp,
        noise_ratio=accumulated_ratio,
        isolated_max_abs=isolated.max_abs,
        isolated_ratio=isolated_ratio,
        note=_note(layer, accumulated, isolated, within, isolated_ratio),
    )


def _note(
    layer: Evidence, accumulated: Difference, isolated: Difference, within: bool, alone: float
) -> str:
    if within:
        return ""
    notes = [accumulated.note or isolated.note]
    if alone <= LIMIT and not accumulated.note:
        notes.append("inherited: alone, this layer agrees")
    return "; ".join(note for note in notes if note)
