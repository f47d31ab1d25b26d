"""A reference is what a port was proven against."""

from math import inf

import pytest

from parity.checking import record
from parity.checking.options import Options
from parity.pairs import own
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
