"""A reference is what a port was proven against."""

from math import inf

import pytest

from parity.checking import record, reference
from parity.checking.options import Options
from parity.errors import ParityError
from parity.pairs import own
from parity.records.comparison import LowPrecision
from parity.sides.process import Sides


def test_of_a_pair_that_differs_nothing_is_asked_that_only_other_ports_need(
    sides: Sides, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told why, as by a check, and there is no reference."""
    monkeypatch.setattr(record, "_foresee", None)
    wrong = own("tests.own.keras_recorded:build", "tests.own.torch_recorded:Another")
    report, found = record.record(wrong, sides, Options(budget=inf))
    assert found is None
    assert report.verdict == "differ"
    assert [cause.cause for finding in report.diagnosis for cause in finding.causes] == [
        "bn-epsilon"
    ]


def test_a_port_is_checked_in_a_low_precision_that_was_recorded(sides: Sides) -> None:
    """Of a recording that a check without it takes as ever."""
    pair = own("tests.own.keras_low:normalised", "tests.own.torch_low:Normalised")
    _, found = record.record(pair, sides, Options(budget=inf).in_low_precision("float16"))
    assert found is not None
    alone = sides.with_keras(reference.keras(found))

    def said(dtype: LowPrecision | None) -> dict[str, str]:
        asked = reference.asked(found, Options().in_low_precision(dtype))
        report = reference.check(found, "tests.own.torch_low:ByHand", alone, asked)
        return {gate.name: gate.verdict for gate in report.gates}

    assert said("float16")["precision"] == "differ"
    assert "precision" not in said(None)
    with pytest.raises(ParityError, match="no bfloat16: record it with --dtype bfloat16"):
        said("bfloat16")


@pytest.mark.parametrize(
    ("keras", "torch"), [("attention", "Packed"), ("gated", "gated"), ("fused", "Split")]
)
def test_weights_are_recorded_where_the_outputs_have_placed_them(
    sides: Sides, keras: str, torch: str
) -> None:
    """Once it was looked at whether both differ, the port holds them already."""
    pair = own(f"tests.own.keras_placed:{keras}", f"tests.own.torch_placed:{torch}")
    report, found = record.record(pair, sides, Options(budget=inf))
    assert found is not None
    assert report.verdict == "pass"
