"""A port in bfloat16 and float16, beside Keras under its mixed policy."""

import pytest

from parity.checking import patch, run
from parity.checking.options import Options
from parity.pairs import own
from parity.records.comparison import LOW_PRECISIONS, GateResult, LowPrecision, Report
from parity.sides.process import Sides
from tests.in_turn import in_turn


def check(sides: Sides, keras: str, torch: str, dtype: LowPrecision) -> Report:
    pair = own(f"tests.own.keras_low:{keras}", f"tests.own.torch_low:{torch}")
    asked = Options(gates=("structure", "weights", "forward")).in_low_precision(dtype)
    return run.check(pair, sides, asked)


def low(report: Report) -> GateResult:
    return next(gate for gate in report.gates if gate.name == "precision")


def named(report: Report) -> list[tuple[str, str]]:
    return [(x.cause, found.torch) for found in report.diagnosis for x in found.causes]


RIGHT = [
    ("normalised", "Normalised"),
    ("normalised", "ForAutocast"),
    ("classifier", "Classifier"),
    ("classifier", "CastBack"),
    ("pooled", "Pooled"),
]


@pytest.mark.parametrize("dtype", LOW_PRECISIONS)
@pytest.mark.parametrize(("keras", "torch"), in_turn(RIGHT, 2))
def test_a_port_that_is_as_exact_as_keras_passes(
    sides: Sides, keras: str, torch: str, dtype: LowPrecision
) -> None:
    report = check(sides, keras, torch, dtype)
    assert report.verdict == "pass", report
    how = "under torch.autocast, in" if torch == "ForAutocast" else "cast by .to("
    assert f"the port {how}" in low(report).note


@pytest.mark.parametrize(
    ("keras", "torch", "dtype", "causes"),
    [
        (
            *("normalised", "ByHand", "float16"),
            [
                ("low-precision-epsilon", "add_1 + sqrt_1"),
                ("low-precision-range", "pow_1 + mean_2 + add_1 + sqrt_1"),
            ],
        ),
        (
            *("classifier", "Exponentials", "float16"),
            [("low-precision-range", "exp_1 + sum_1 + div_1")],
        ),
        ("pooled_wide", "Summed", "float16", [("low-precision-range", "sum_1 + div_1")]),
    ],
)
def test_what_keras_does_in_float32_is_named(
    sides: Sides, keras: str, torch: str, dtype: LowPrecision, causes: list[tuple[str, str]]
) -> None:
    report = check(sides, keras, torch, dtype)
    assert report.verdict == "differ"
    assert [gate.verdict for gate in report.gates if gate.name == "output"] == ["pass", "pass"]
    assert named(report) == causes
    assert report.mended
    assert "its change holds in low precision alone" in patch.text(report)


def test_sums_that_round_at_each_step_are_named(sides: Sides) -> None:
    report = check(sides, "pooled", "SummedInTurn", "bfloat16")
    ((cause, steps),) = named(report)
    assert cause == "low-precision-rounding"
    assert "add_2 + ..." in steps
    assert report.mended


@pytest.mark.parametrize(("torch", "step"), [("Promoted", "mul_1"), ("PromotedAtTheEnd", "add_1")])
def test_low_precision_that_is_left_without_a_word_is_no_pass(
    sides: Sides, torch: str, step: str
) -> None:
    report = check(sides, "classifier", torch, "bfloat16")
    assert report.verdict == "incomplete"
    assert f"from {step}" in low(report).note
    assert "float32 tensor stands there" in low(report).note
    assert not report.diagnosis


def test_a_port_that_differs_in_float32_is_not_run(sides: Sides) -> None:
    report = check(sides, "pooled", "Normalised", "bfloat16")
    assert low(report).verdict == "not run"
