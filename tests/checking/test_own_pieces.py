"""What a port writes in other steps than Keras is compared as one, also behind a difference."""

import pytest

from parity.checking import run
from parity.pairs import own
from parity.records.comparison import Report
from parity.sides.process import Sides


def check(sides: Sides, keras: str, torch: str) -> Report:
    return run.check(
        own(f"tests.own.keras_pieces:{keras}", f"tests.own.torch_pieces:{torch}"), sides
    )


def causes(report: Report) -> list[tuple[str, list[str]]]:
    return [(x.keras, [cause.cause for cause in x.causes]) for x in report.diagnosis]


@pytest.mark.parametrize(
    ("keras", "torch"), [("hard_sigmoid", "HardSigmoid"), ("joined", "Joined")]
)
def test_other_steps_of_the_same_function_pass(sides: Sides, keras: str, torch: str) -> None:
    report = check(sides, keras, torch)
    assert report.verdict == "pass", report


def test_behind_a_difference_they_are_no_cause(sides: Sides) -> None:
    report = check(sides, "hard_sigmoid", "OtherEpsilon")
    assert causes(report) == [("norm", ["bn-epsilon"])]


def test_steps_that_are_another_function_differ(sides: Sides) -> None:
    report = check(sides, "hard_sigmoid", "OtherCut")
    assert report.verdict == "differ"
    assert "bn-epsilon" not in str(causes(report))


def test_parts_that_are_joined_at_once_are_fed_one_by_one(sides: Sides) -> None:
    report = check(sides, "joined", "JoinedShifted")
    assert causes(report) == [("first", ["output-scaling"])]
