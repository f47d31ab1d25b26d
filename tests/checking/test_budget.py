"""A check ends when its budget is spent, and then says what it knows, and what it does not."""

from dataclasses import replace
from math import inf

import pytest

import parity
from parity.checking import models, run
from parity.checking.options import DEFAULT, Options
from parity.cli import main
from parity.errors import ParityError
from parity.pairs import own
from parity.records.budget import Budget
from parity.records.comparison import GateResult, Report
from parity.sides.process import Sides

PAIR = own("tests.own.keras_net:build", "tests.own.torch_net:Net")
DIFFERING = own("tests.own.keras_net:build", "tests.own.torch_net:Absolute")
TWINS = own("tests.own.twin_keras", "tests.own.twin_torch")
NONE = 1e-9  # seconds
SPENT = "not compared: the budget of 1e-09 s was spent (--budget)"


class Asked(Budget):
    """One that is spent when it was asked for so many times."""

    def __init__(self, times: int) -> None:
        super().__init__(5)
        self._times = times

    @property
    def is_spent(self) -> bool:
        self._times -= 1
        return self._times < 0


def gate(report: Report, name: str) -> GateResult:
    return next(found for found in report.gates if found.name == name)


def cut(sides: Sides, torch: str, times: int) -> Report:
    """The report of a check whose budget is spent in the middle of its layers."""
    pair = own("tests.own.keras_net:build", f"tests.own.torch_net:{torch}")
    every = DEFAULT.in_training()
    options = replace(every, gates=tuple(name for name in every.gates if name != "output"))
    try:
        plan = models.draw_up(pair, sides, options)
        return run.gates(plan, sides, options, budget=Asked(times))[0]
    finally:
        models.close(pair, sides)


def test_no_segment_is_compared_when_the_budget_is_spent(sides: Sides) -> None:
    report = run.check(PAIR, sides, Options(budget=NONE))
    assert report.verdict == "incomplete"
    lines = gate(report, "forward").layers
    assert [(line.keras, line.torch) for line in lines] == [
        *(("positive", "relu_1"), ("hidden", "hidden"), ("out", "out")),
    ]
    assert {(line.verdict, line.note) for line in lines} == {("incomplete", SPENT)}


def test_what_was_compared_before_stays(sides: Sides) -> None:
    found = gate(cut(sides, "Net", 2), "forward")
    assert [line.verdict for line in found.layers] == ["pass", "pass", "incomplete"]
    assert found.verdict == "incomplete"
    assert "1 not compared: the budget of 5 s was spent" in found.note


def test_a_difference_that_was_found_before_stays_one(sides: Sides) -> None:
    report = cut(sides, "Absolute", 1)
    assert [x.verdict for x in gate(report, "forward").layers] == ["differ", "incomplete"]
    assert report.verdict == "differ"


def test_a_search_for_a_cause_that_was_cut_says_so(sides: Sides) -> None:
    (finding,) = cut(sides, "Absolute", 1).diagnosis
    assert finding.causes == ()
    assert finding.unfinished == "the budget of 5 s was spent (--budget)"


def test_draws_that_were_not_made_leave_the_output_incomplete(sides: Sides) -> None:
    found = gate(run.check(PAIR, sides, Options(budget=NONE)), "output")
    assert found.verdict == "incomplete"
    assert "further draws not made: the budget of 1e-09 s was spent" in found.note


def test_in_training_mode_nothing_is_compared_either(sides: Sides) -> None:
    report = run.check(PAIR, sides, replace(DEFAULT.in_training(), budget=NONE))
    found = gate(report, "training")
    assert (found.verdict, found.note) == ("incomplete", SPENT)


def test_a_walk_in_training_mode_that_was_cut_tells_what_it_lacks(sides: Sides) -> None:
    """Asked three times for a segment and once for its end, then by the gate and for its first."""
    found = gate(cut(sides, "Net", 6), "training")
    assert [(line.keras, line.verdict) for line in found.layers] == [
        *(("hidden", "incomplete"), ("out", "incomplete")),
    ]
    assert found.verdict == "incomplete"


def test_no_gate_of_training_is_begun(sides: Sides) -> None:
    report = run.check(TWINS, sides, Options(budget=NONE, dtypes=("float64",)))
    ends = [gate(report, name) for name in ("loss", "gradients", "optimizer", "lockstep")]
    assert {(found.verdict, found.note) for found in ends} == {("incomplete", SPENT)}


def test_what_there_is_time_for_is_the_same_as_without_a_budget(sides: Sides) -> None:
    for pair in (PAIR, DIFFERING):
        reports = [run.check(pair, sides, Options(budget=seconds)) for seconds in (600, inf)]
        assert reports[0] == reports[1]
    assert DEFAULT.budget == 120


@pytest.mark.parametrize("text", ["0", "-1", "x", "nan"])
def test_what_is_no_budget_is_one_clear_error(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["check", "mlp", f"--budget={text}"]) == 2
    message = f"argument --budget: {text!r} is no number of seconds above 0"
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("budget", [0, -1.0, float("nan"), "x"])
def test_the_library_refuses_it_too(budget: float) -> None:
    with pytest.raises(ParityError, match="give a number of seconds above 0"):
        parity.check("a:b", "c:d", budget=budget)
