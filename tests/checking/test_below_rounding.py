"""An epsilon that is another by less than float32 shows, where Keras computes in float32."""

from parity.checking import run
from parity.pairs import own
from parity.records.comparison import Report
from parity.sides.process import Sides


def check(sides: Sides, port: str) -> Report:
    pair = own("tests.own.keras_narrow:normalised", f"tests.own.torch_narrow:{port}")
    return run.check(pair, sides)


def test_the_same_epsilon_passes(sides: Sides) -> None:
    assert check(sides, "Normalised").verdict == "pass"


def test_another_epsilon_is_named_though_both_return_the_same_to_rounding(sides: Sides) -> None:
    report = check(sides, "another_epsilon")
    assert report.verdict == "differ", report
    (note,) = (
        gate.note
        for gate in report.gates
        if gate.name == "output" and gate.note.endswith("layer_normalization")
    )
    assert note.startswith("agrees as float32 rounds it")
    (finding,) = report.diagnosis
    assert [cause.cause for cause in finding.causes] == ["layernorm-epsilon"]
    assert report.mended
