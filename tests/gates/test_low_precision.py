"""Gate `precision`: the port may stand a few times as far from the truth as Keras does."""

from dataclasses import replace

import numpy as np
import pytest

from parity.gates.low_precision import LowRun, judge
from parity.gates.returned_values import Run
from parity.records.answers import Answer, Returned
from parity.records.comparison import Array, Dtype

TRUTH = np.random.default_rng(0).normal(size=(4, 3))
FAR = 2.0**-4  # that Keras's own low precision stands from it


def answer(value: Array) -> Answer:
    return Answer((Returned("", "", "tensor", value),))


def run(off: float) -> LowRun:
    moved = TRUTH.copy()
    moved[0, 0] += FAR
    return LowRun("the inputs", answer(TRUTH), (answer(moved),), answer(TRUTH + off))


BOTH: dict[Dtype, Answer] = {"float64": answer(TRUTH), "float32": answer(TRUTH)}
EXACT = Run("the inputs", BOTH, BOTH)


@pytest.mark.parametrize(
    ("times", "verdict"), [(0.0, "pass"), (7.9, "pass"), (8.1, "differ"), (np.nan, "differ")]
)
def test_keras_own_distance_is_the_noise(times: float, verdict: str) -> None:
    assert judge(EXACT, [run(times * FAR)], "bfloat16").verdict == verdict


def test_an_exact_keras_may_round_once() -> None:
    still = replace(run(0.0), keras=(answer(TRUTH),))
    off = 7 * 2.0**-10 * float(np.abs(TRUTH).max())
    assert judge(EXACT, [replace(still, torch=answer(TRUTH + off))], "float16").verdict == "pass"
    assert (
        judge(EXACT, [replace(still, torch=answer(TRUTH + 2 * off))], "float16").verdict != "pass"
    )


def test_what_keras_makes_of_inputs_moved_by_a_rounding_is_noise_too() -> None:
    one = run(10 * FAR)
    more = replace(one, keras=(*one.keras, answer(TRUTH + 2 * FAR)))
    assert judge(EXACT, [one], "bfloat16").verdict == "differ"
    assert judge(EXACT, [more], "bfloat16").verdict == "pass"


def test_where_keras_overflows_nothing_is_told() -> None:
    lost = TRUTH.copy()
    lost[1, 1] = np.inf
    gate = judge(EXACT, [replace(run(0.0), keras=(answer(lost),))], "float16")
    assert gate.verdict == "incomplete"
    assert "in 1 of 12 values" in gate.note
    apart = replace(run(100 * FAR), keras=(answer(lost),))
    assert judge(EXACT, [apart], "float16").verdict == "differ"


def test_the_worst_draw_counts() -> None:
    assert judge(EXACT, [run(0.0), run(9 * FAR), run(0.0)], "bfloat16").verdict == "differ"


@pytest.mark.parametrize("side", ["keras", "torch"])
def test_what_cannot_run_is_said(side: str) -> None:
    broken = Answer(error="NotImplementedError: no kernel")
    one = run(0.0)
    other = replace(one, keras=(broken,)) if side == "keras" else replace(one, torch=broken)
    gate = judge(EXACT, [other], "float16")
    assert gate.verdict == "incomplete"
    assert "cannot be run here: NotImplementedError: no kernel" in gate.note
