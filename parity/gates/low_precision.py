"""Gate `precision`: the port in bfloat16 or float16 is as near to the truth as Keras in it.

The truth is what Keras gives in float64. How far Keras's own low precision, under the mixed policy,
stands from it is measured on every draw, and is the noise: the port may stand a few times as far.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from parity.gates import LOW_PRECISION, returned_values
from parity.gates.returned_values import Pairing, Run, name_of, pairings, shape_of
from parity.numerics import judging, noise
from parity.numerics.difference import difference
from parity.records.answers import Answer
from parity.records.comparison import Array, GateResult, LayerCheck, LowPrecision, worst
from parity.records.low_pass import LowPass

NOTHING_SEEN = LowPass()
# The distance between 1 and the next number: a model that happens to be exact may round once.
EPSILON: dict[LowPrecision, float] = {"bfloat16": 2.0**-7, "float16": 2.0**-10}


@dataclass(frozen=True)
class LowRun:
    """What both models returned on one draw in low precision.

    truth     what Keras does in float64, or in float32 where it knows no other
    keras     in low precision: on the inputs, and where it was asked on these moved by a rounding
    """

    about: str
    truth: Answer
    keras: tuple[Answer, ...]
    torch: Answer

    @property
    def says_nothing(self) -> bool:
        """Does Keras refuse the draw, or give what is no number?"""
        return not (is_number(self.truth) and is_number(self.keras[0]))


def is_number(answer: Answer) -> bool:
    """Did a run end, with numbers alone?"""
    values = [part.value for part in answer.parts if part.value is not None]
    return not answer.error and all(np.isfinite(value).all() for value in values)


def judge(
    exact: Run, runs: Sequence[LowRun], dtype: LowPrecision, watched: LowPass = NOTHING_SEEN
) -> GateResult:
    """A line for each returned value: the worst of all draws. exact: both in float64 and float32,
    on the first of them."""
    first = runs[0]
    sides = ((f"Keras under mixed_{dtype}", first.keras[0]), (f"the port in {dtype}", first.torch))
    for name, answer in sides:
        if answer.error:
            told = [f"{name} cannot be run here: {answer.error}", *_promoted(watched, dtype)]
            note = "; ".join(told)
            line = LayerCheck("", "", "incomplete", note=note)
            return GateResult(LOW_PRECISION, "incomplete", (line,), dtype, note)
    found = pairings(first.truth, first.torch)
    lines = [_worst([_line(one, run, exact, dtype) for run in runs]) for one in found]
    verdict = worst(line.verdict for line in lines)
    said = [line.note for line in lines if line.verdict != "pass"][:1] or [_largest(lines)]
    if watched.promotions and verdict == "pass":
        verdict, said = "incomplete", [*_promoted(watched, dtype), *said]
    told = [judging.counted(len(runs), "draw"), *said, first.torch.note]
    return GateResult(LOW_PRECISION, verdict, tuple(lines), dtype, "; ".join(filter(None, told)))


def _line(pairing: Pairing, run: LowRun, exact: Run, dtype: LowPrecision) -> LayerCheck:
    if run.torch.error:
        note = f"the port in {dtype} raises on {run.about}: {run.torch.error}"
        return LayerCheck("", "", "differ", note=note)
    mine, *lows = (returned_values.part_of(x, pairing.ours) for x in (run.truth, *run.keras))
    other = returned_values.part_of(run.torch, pairing.theirs)
    names = name_of(mine, "output"), name_of(other, "returned value")
    if mine is None or mine.value is None:
        return LayerCheck(*names, "incomplete", note="Keras returns nothing like it")
    keras = [x.value.astype(np.float64) for x in lows if x is not None and x.value is not None]
    if other is None or other.value is None or any(x.shape != mine.value.shape for x in keras):
        note = f"on {run.about} one side returns something else in {dtype}"
        return LayerCheck(*names, "differ", shape_of(mine), note=note)
    layout = returned_values.layout_of(pairing, exact, exact.dtypes()[0])
    torch = returned_values.in_keras(layout, mine.value, other.value).astype(np.float64)
    truth = mine.value.astype(np.float64)
    unknown = ~(np.isfinite(keras[0]) & np.isfinite(truth))
    if torch.shape == truth.shape:
        truth, torch = (np.where(unknown, 0.0, x) for x in (truth, torch))
    level = _level(truth, [np.where(unknown, 0.0, x) for x in keras], dtype)
    gap = difference(truth, torch)
    ratio = noise.ratio(gap.max_abs, level)
    is_same = ratio <= noise.LIMIT
    far = "" if is_same else f"{_far(gap.max_abs, level, dtype)}on {run.about}"
    return LayerCheck(
        *names,
        "differ" if not is_same else "incomplete" if unknown.any() else "pass",
        mine.value.shape,
        other.value.shape,
        gap.max_abs,
        gap.index,
        gap.rel,
        noise=level,
        noise_ratio=ratio,
        note="; ".join(filter(None, [gap.note, _told_of_unknown(unknown, dtype), far])),
    )


def _level(truth: Array, keras: Sequence[Array], dtype: LowPrecision) -> float:
    """How far Keras's own low precision stands from the truth, at least one rounding."""
    far = (noise.largest(np.nan_to_num(low - truth, posinf=0.0, neginf=0.0)) for low in keras)
    return max(*far, EPSILON[dtype] * noise.largest(truth))


def _worst(lines: Sequence[LayerCheck]) -> LayerCheck:
    """The first that differs, else the first incomplete one, else the largest difference."""
    apart = [x for verdict in ("differ", "incomplete") for x in lines if x.verdict == verdict]
    return apart[0] if apart else max(lines, key=lambda line: line.noise_ratio or 0.0)


def _largest(lines: Sequence[LayerCheck]) -> str:
    most = max(lines, key=lambda line: line.noise_ratio or 0.0, default=None)
    if most is None or most.max_abs is None:
        return ""
    return (
        f"{most.max_abs:.1e} from Keras's float64, {most.noise_ratio or 0.0:.1f}x as far as "
        f"Keras's own"
    )


def _far(gap: float, level: float, dtype: LowPrecision) -> str:
    if not np.isfinite(gap):
        return ""
    return (
        f"{gap:.1e} from Keras's float64, {gap / level:.3g}x as far as Keras's own {dtype} "
        f"({level:.1e}), "
    )


def _told_of_unknown(unknown: NDArray[np.bool_], dtype: LowPrecision) -> str:
    if not unknown.any():
        return ""
    return (
        f"Keras's own {dtype} gives NaN or infinity in {int(unknown.sum())} of {unknown.size} "
        "values, where nothing can be compared: give smaller inputs"
    )


def _promoted(watched: LowPass, dtype: LowPrecision) -> list[str]:
    """What a person is told of steps that leave low precision by themselves."""
    return [
        f"from {one.step}{f' ({one.where})' if one.where else ''} on the port computes in float32: "
        f"a float32 tensor stands there that .to({dtype}) does not reach; make it a buffer, or "
        "cast it to the dtype of what it meets"
        for one in watched.promotions
    ]
