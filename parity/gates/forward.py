"""Gate `forward`: each layer gives the same numbers, judged against its own measured noise."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from parity.numerics import judging
from parity.numerics.difference import Difference, difference
from parity.numerics.noise import LIMIT, ratio
from parity.records.comparison import Dtype, Evidence, GateResult, LayerCheck, worst


def judge(dtype: Dtype, checks: Sequence[LayerCheck], complete: bool) -> GateResult:
    """One line a layer. `complete` says whether every layer has its evidence."""
    checks = [meaningful(check) for check in checks]
    verdict = worst(check.verdict for check in checks)
    if verdict == "pass" and not (complete and checks):
        verdict = "incomplete"
    first = next((check for check in checks if check.verdict == "differ"), None)
    if first is not None:
        note = f"first divergence: {first.keras} against {first.torch}"
    else:
        note = f"{judging.counted(len(checks), 'layer')}, {judging.largest(checks)}"
    return GateResult("forward", verdict, tuple(checks), dtype, note)


def meaningful(line: LayerCheck) -> LayerCheck:
    """A line without the figures of a value whose shape is another, inside of what agrees."""
    if line.verdict != "pass" or line.max_abs is None or np.isfinite(line.max_abs):
        return line
    return replace(line, max_abs=None, index=None, rel=None, ulp=None, noise_ratio=None)


def line(layer: Evidence, other_sources: Sequence[tuple[str, str]] = ()) -> LayerCheck:
    """Compare all elements of one layer, accumulated from the input and alone.

    other_sources: where torch takes what is not what Keras takes: the two, as people
    call them.
    """
    steps = layer.match.torch
    accumulated = difference(layer.keras, layer.torch)
    accumulated_ratio = ratio(accumulated.max_abs, layer.noise)
    isolated, isolated_ratio = None, None
    if layer.isolated is not None:
        isolated = difference(layer.keras, layer.isolated)
        isolated_ratio = ratio(isolated.max_abs, layer.isolated_noise)
    within = accumulated_ratio <= LIMIT and (isolated_ratio or 0.0) <= LIMIT
    return LayerCheck(
        keras=layer.match.keras.name,
        torch=" + ".join(step.name for step in steps),
        verdict="pass" if within else "differ",
        keras_shape=layer.match.keras_steps[-1].shape,
        torch_shape=steps[-1].shape,
        max_abs=accumulated.max_abs,
        index=accumulated.index,
        rel=accumulated.rel,
        ulp=accumulated.ulp,
        noise=layer.noise,
        noise_ratio=accumulated_ratio,
        isolated_max_abs=isolated.max_abs if isolated else None,
        isolated_ratio=isolated_ratio,
        note="; ".join(
            [
                *_notes(accumulated, isolated, within, isolated_ratio or 0.0),
                *(f"fed with {theirs}, not {ours}" for theirs, ours in other_sources if not within),
            ]
        ),
    )


def unknown(line: LayerCheck, is_own: bool) -> LayerCheck:
    """The line of a layer that no rule is for, or that takes what such a layer gives: what differs
    there tells nothing of the port. is_own: the layer itself."""
    if line.verdict != "differ" or not (is_own or (line.isolated_ratio or 0.0) <= LIMIT):
        return line
    note = "no rule is for this layer" if is_own else "behind a layer that no rule is for"
    return replace(line, verdict="incomplete", note=note)


def as_one(line: LayerCheck, end: LayerCheck, others: Sequence[str]) -> LayerCheck:
    """The line of a segment that is compared as one with others.

    end: the last one's line, for the whole piece; it agrees alone.
    """
    passes = end.verdict == "pass"
    note = f"compared as one with {', '.join(others)}"
    return replace(
        line,
        verdict="pass" if passes else "differ",
        isolated_max_abs=end.isolated_max_abs,
        isolated_ratio=end.isolated_ratio,
        note=note if passes else f"inherited: {note}, this layer agrees alone",
    )


def _notes(
    accumulated: Difference, isolated: Difference | None, within: bool, alone: float
) -> list[str]:
    if within:
        return []
    notes = [accumulated.note or (isolated.note if isolated else "")]
    if alone <= LIMIT and not accumulated.note:
        notes.append("inherited: alone, this layer agrees")
    return [note for note in notes if note]
