"""What both models return decides: not what was computed on the way."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from parity.checking import run
from parity.checking.options import DEFAULT, Options
from parity.pairs import own
from parity.records.comparison import GateResult, Report
from parity.sides.local import LocalSides
from parity.sides.process import Sides
from parity.sides.verbs import InTorch, Models


def check(sides: Sides, keras: str, torch: str, options: Options = DEFAULT) -> Report:
    pair = own(f"tests.own.keras_returning:{keras}", f"tests.own.torch_returning:{torch}")
    return run.check(pair, sides, options)


def gate(report: Report, name: str, dtype: str = "") -> GateResult:
    return next(g for g in report.gates if (g.name, g.dtype) == (name, dtype))


def causes(report: Report) -> list[str]:
    return [cause.cause for finding in report.diagnosis for cause in finding.causes]


@pytest.mark.parametrize(
    ("keras", "torch"),
    [
        ("one", "One"),
        ("one", "ViewInPlaceAsItShould"),
        ("one", "KeptInPlace"),
        ("one", "Closed"),
        ("one", "ThroughNumpy"),
        ("one", "Idle"),
        ("one", "Double"),
        ("heads", "Heads"),
        ("heads", "Keyed"),
        ("heads", "Recorded"),
        ("keyed", "KeyedLists"),
        ("nested", "Nested"),
        ("channels_first", "ChannelsFirst"),
        ("resized", "Resized"),
        ("third", "Third"),
        ("seen", "Seen"),
        ("square", "Turning"),
        ("square", "ChannelsAhead"),
        ("stateful", "Stateful"),
    ],
)
def test_a_port_that_returns_the_same_passes(sides: Sides, keras: str, torch: str) -> None:
    report = check(sides, keras, torch)
    assert report.verdict == "pass"
    assert report.diagnosis == ()


@pytest.mark.parametrize(
    ("keras", "torch", "cause"),
    [
        ("one", "Constant", "constant-returned"),
        ("first_step", "ConstantBehindASum", "constant-returned"),
        ("one", "Nothing", "not-returned"),
        ("one", "Hidden", "not-returned"),
        ("one", "InputInPlace", None),
        ("one", "ViewInPlace", None),
        ("one", "Counting", "state-kept"),
        ("one", "Cached", "state-kept"),
        ("stateful", "Forgetful", "state-lost"),
        ("one", "OneAlone", None),
        ("one", "Half", "dtype"),
        ("one", "Biased", "bias-extra"),
        ("heads", "Swapped", "outputs-exchanged"),
        ("blurred_heads", "Swapped", "outputs-exchanged"),
        ("blurred", "One", "bias-extra"),
        ("keyed", "KeyedListsSwapped", "outputs-exchanged"),
        ("heads", "Twice", "not-returned"),
        ("heads", "FirstAlone", "not-returned"),
        ("classes", "Logits", "not-returned"),
    ],
)
def test_a_port_that_returns_something_else_differs(
    sides: Sides, keras: str, torch: str, cause: str | None
) -> None:
    report = check(sides, keras, torch)
    assert report.verdict == "differ"
    assert cause is None or causes(report)[:1] == [cause]


def test_a_port_that_returns_nan_at_every_call_keeps_no_state(sides: Sides) -> None:
    report = check(sides, "one", "Undefined")
    assert report.verdict == "differ"
    assert "state-kept" not in causes(report)


def test_weights_of_its_own_are_no_value_that_is_not_returned(sides: Sides) -> None:
    """With Keras's weights the port would return what is wanted; with its own it computes nothing
    like it."""
    report = check(sides, "counted", "Shuffled", Options(is_loaded=True))
    assert report.verdict == "differ"
    assert causes(report) == []


def test_what_keras_does_not_return_makes_it_incomplete(sides: Sides) -> None:
    report = check(sides, "heads", "More")
    assert report.verdict == "incomplete"
    assert "returns nothing like it" in gate(report, "output", "float64").note


def test_a_batch_of_one_is_tried(sides: Sides) -> None:
    assert "a batch of one" in gate(check(sides, "one", "OneAlone"), "output", "float64").note


def test_a_draw_that_keras_refuses_says_nothing(sides: Sides) -> None:
    report = check(sides, "several", "Several", Options(shape=(6,)))
    assert report.verdict == "pass"


def test_a_second_call_in_a_row_is_tried(sides: Sides) -> None:
    assert "call 2 in a row" in gate(check(sides, "one", "Counting"), "output", "float64").note


def test_where_layers_cannot_be_followed_they_are_not_judged_and_the_outputs_decide(
    sides: Sides,
) -> None:
    report = check(sides, "one", "ThroughNumpy")
    (*_, line) = gate(report, "forward", "float64").layers
    assert report.verdict == line.verdict == "pass"
    assert "not compared" in line.note
    assert "the outputs agree" in line.note


@pytest.mark.parametrize(
    ("torch", "said"), [("Raising", "TypeError: no such thing"), ("Leaving", "sys.exit(4)")]
)
def test_what_a_port_raises_is_told_by_the_gate(sides: Sides, torch: str, said: str) -> None:
    report = check(sides, "one", torch)
    assert report.verdict == "incomplete", "no weight was moved"
    assert said in gate(report, "output", "float32").note


def test_a_value_that_is_right_at_one_call_alone_is_not_the_right_one(sides: Sides) -> None:
    report = check(sides, "one", "NowAndThen")
    assert report.verdict == "differ"
    assert "not-returned" not in [y.cause for x in report.diagnosis for y in x.causes]


def test_nothing_is_blamed_for_what_a_port_that_raises_did_not_come_to(sides: Sides) -> None:
    report = check(sides, "flattened", "TooWide")
    assert report.verdict == "incomplete"
    assert not [cause for finding in report.diagnosis for cause in finding.causes]


def test_a_person_s_own_array_stays_as_it_is(sides: Sides) -> None:
    inputs = {"0": np.random.default_rng(0).normal(size=(4, 6)).astype("float32")}
    before = inputs["0"].copy()
    check(sides, "one", "InputInPlace", Options(inputs=inputs))
    assert np.array_equal(inputs["0"], before)


def test_the_report_says_where_the_causes_do_not_explain_all(sides: Sides) -> None:
    """The relu is lost, and the bias of another port's is nowhere in Keras."""
    report = check(sides, "one", "ReluLostAndShifted")
    assert report.mended is not True


def test_weights_that_forward_changes_come_back(sides: Sides) -> None:
    side, key = sides.torch, "clamping"
    side.call(InTorch.open, key, "tests.own.torch_returning:Clamping")
    before = side.call(Models.weights, key)
    given = {"0": np.ones((2, 6), "float32")}
    side.call(InTorch.present, key, given)
    side.call(Models.answer, key, given, "float32")
    after = side.call(Models.weights, key)
    side.call(Models.close, key)
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_weights_are_drawn_anew_and_come_back(sides: Sides) -> None:
    """What nothing reads may hold anything."""
    report = check(sides, "one", "Idle")
    (*_, last) = gate(report, "weights").layers
    assert "nothing that is returned depends on it" in last.note


def test_where_float64_cannot_be_run_float32_is_judged_alone_and_the_note_says_so(
    sides: Sides,
) -> None:
    report = check(sides, "narrow", "Narrow")
    assert report.verdict == "pass"
    (only,) = [found for found in report.gates if found.name == "output"]
    assert only.dtype == "float32"
    assert "Keras cannot be run in float64" in only.note


def test_a_constant_that_a_graph_holds_in_float32_is_told_and_another_number_differs(
    sides: Sides,
) -> None:
    notes = {
        x.keras: x.note for x in gate(check(sides, "third", "Third"), "forward", "float64").layers
    }
    assert "computes this Multiply in float32" in notes["multiply"]
    assert check(sides, "third", "NotThird").verdict == "differ"


def test_a_branch_that_is_lost_beside_its_residual_is_seen_with_other_weights(
    sides: Sides,
) -> None:
    report = check(sides, "weak", "Weak")
    assert report.verdict == "differ"
    assert "on other weights" in gate(report, "output", "float64").note
    assert causes(report) == ["gelu-approximate"]


def test_all_causes_together_are_tried_in_the_whole_port(sides: Sides) -> None:
    report = check(sides, "one", "ReluLost")
    assert causes(report) == ["activation-missing"]
    assert report.mended is True


class Watched:
    """A side that tells what it is asked."""

    def __init__(self, side: Any, tell: Callable[..., None]) -> None:
        self.side, self.tell = side, tell

    def __getattr__(self, name: str) -> Any:
        return getattr(self.side, name)

    def call(self, verb: Any, *args: Any) -> Any:
        self.tell(verb.__name__, *args)
        return self.side.call(verb, *args)


def test_no_port_is_run_twice_on_the_same(sides: Sides) -> None:
    drawn, ran = [], []  # weights; inputs in a dtype, with as many weights drawn before

    def of_keras(verb: str, *args: Any) -> None:
        drawn.extend([verb] if verb == "assign" else [])

    def of_torch(verb: str, *args: Any) -> None:
        if verb == "answer":
            _, inputs, dtype, *_ = args
            ran.append((dtype, len(drawn), *(x.tobytes() for x in inputs.values())))

    both: Any = LocalSides(Watched(sides.keras, of_keras), Watched(sides.torch, of_torch))  # type: ignore[arg-type]
    assert check(both, "square", "ChannelsAhead").verdict == "pass"
    assert len(ran) == len(set(ran)) > 2
