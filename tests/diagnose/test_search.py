"""The search for a cause: one change, several changes, or an honest none."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from parity.diagnose import search
from parity.diagnose.differing_segment import DifferingSegment
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.diagnose.search import explain
from parity.diagnose.wiring import miswired
from parity.errors import ModelError
from parity.mapping.layout_moves import AS_IT_IS
from parity.records.budget import Budget
from parity.records.comparison import Array, Match, Step
from parity.records.interventions import Change

NOISE = 1e-12
KERAS = np.array([[1.0, 2.0, 3.0]])
PROPOSED = {  # what each change adds to the port's result
    "bn-epsilon": np.array([[0.0, 0.0, 1.0]]),
    "activation-replaced": np.array([[4.0, 0.0, 0.0]]),
    "stride": np.array([[0.0, 50.0, 0.0]]),
}


def proposal(cause: str) -> Hypothesis:
    return Hypothesis(cause, f"says {cause}", f"fix {cause}", (Change("x", "setting", cause),))


@pytest.fixture(autouse=True)
def proposed(monkeypatch: pytest.MonkeyPatch) -> None:
    def hypotheses(case: Case) -> Iterator[Hypothesis]:
        yield from map(proposal, PROPOSED)

    monkeypatch.setattr(search, "hypotheses", hypotheses)


def cannot(values: Array) -> Array:
    raise ModelError("not here")


def subject(
    played: Callable[[set[str]], Array], *steps: Step, earlier: dict[str, Array] | None = None
) -> DifferingSegment:
    layer = Step("a", "Dense", KERAS.shape)
    match = Match(layer, (Step("x", "Linear", KERAS.shape),), (layer, *steps))
    return DifferingSegment(
        match,
        KERAS,
        NOISE,
        AS_IT_IS,
        (0, 1),
        KERAS.shape,
        lambda changes: played({change.name for change in changes}),
        earlier or {},
        cannot,
    )


def faulty(*causes: str) -> Callable[[set[str]], Array]:
    """A port with these faults, each mended by its change; another change does harm."""

    def played(changes: set[str]) -> Array:
        values = KERAS.copy()
        for cause in set(causes) ^ changes:
            values += PROPOSED[cause]
        return values

    return played


def test_the_change_that_leaves_rounding_alone_is_the_cause() -> None:
    (finding,) = explain(subject(faulty("bn-epsilon"))).findings
    assert [cause.cause for cause in finding.causes] == ["bn-epsilon"]
    assert finding.causes[0].fix == "fix bn-epsilon"
    assert finding.causes[0].removed == 1.0
    assert (finding.before, finding.after) == (1.0, 0.0)


def test_two_faults_are_found_one_after_the_other_the_larger_first() -> None:
    (finding,) = explain(subject(faulty("bn-epsilon", "stride"))).findings
    assert [cause.cause for cause in finding.causes] == ["stride", "bn-epsilon"]
    assert [cause.removed for cause in finding.causes] == [pytest.approx(0.98), 1.0]
    assert finding.after == 0


def test_where_nothing_explains_it_what_was_tried_is_told() -> None:
    (finding,) = explain(subject(lambda changes: KERAS + 1000)).findings
    assert finding.causes == ()
    assert [tried.cause for tried in finding.tried] == list(PROPOSED)
    assert finding.after == finding.before == 1000


def test_behind_a_budget_no_hypothesis_is_tried() -> None:
    (finding,) = explain(subject(faulty("bn-epsilon")), Budget(1e-9)).findings
    assert (finding.causes, finding.tried) == ((), ())
    assert finding.unfinished == "the budget of 1e-09 s was spent (--budget)"


def test_a_change_that_cannot_be_run_explains_nothing() -> None:
    def played(changes: set[str]) -> Array:
        if "bn-epsilon" in changes:
            raise ModelError("sizes do not fit")
        return KERAS + 1000

    (finding,) = explain(subject(played)).findings
    assert finding.causes == ()
    assert finding.tried[0].left == np.inf


def test_a_keras_step_without_which_both_agree_is_missing() -> None:
    before = KERAS - 7
    relu = Step("relu", "ReLU", KERAS.shape)
    (finding,) = explain(subject(lambda changes: before, relu, earlier={"a": before})).findings
    (cause,) = finding.causes
    assert cause.cause == "activation-missing"
    assert "without ReLU" in cause.says


def test_a_segment_that_is_fed_by_another_layer_is_miswired() -> None:
    x = Step("x", "Linear", (1, 3), inputs=("l", ""))
    match = Match(Step("a", "Dense", (1, 3)), (x,))
    values = {"left": "l", "right": "r", "": "", "top": "t"}
    sources = (("left", "right"), ("", "top"))
    found = miswired(match, sources, 3.0, 0.0, AS_IT_IS, values, ())
    (cause,) = found.findings[0].causes
    assert cause.cause == "wiring"
    assert (
        cause.says
        == "x takes left, where Keras takes right; x takes the input, where Keras takes top"
    )
    assert cause.fix == "feed x with right, top"
    assert found.changes == (Change("x", "source", "r", "l"), Change("x", "source", "t", ""))


def test_one_of_several_inputs_is_called_by_its_name() -> None:
    match = Match(Step("a", "Dense", (1, 3)), (Step("x", "Linear", (1, 3), inputs=("",)),))
    values, names = {"": "", ":1": ":1"}, ["user", "item"]
    found = miswired(match, (("", ":1"),), 3.0, 0.0, AS_IT_IS, values, (), names)
    (cause,) = found.findings[0].causes
    assert cause.says == "x takes the input user, where Keras takes the input item"
    assert cause.fix == "feed x with the input item"
