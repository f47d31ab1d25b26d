"""More live models that are trained: what is right passes, and all that is named is so.

Each has its turn every third day.
"""

from typing import Any

import pytest

from tests.apart import finding
from tests.in_turn import in_turn

FAITHFUL = in_turn(["Adafactor", "metrics", "terms", "masked", "dropped alike", "kept by both"], 3)
MISTAKES = in_turn(
    [
        ("Adafactor's threshold", ["optimizer-setting"]),
        ("Adafactor of windows", ["optimizer-setting"]),
        ("a quantile", ["loss-setting"]),
        ("a batch as one", ["loss-reduction"]),
        ("a clip", ["clipnorm"]),
        ("all counted", ["loss-setting"]),
        ("divided by all", ["loss-reduction"]),
        ("none ignored", ["loss-setting"]),
        ("dropped by the step", ["dropout-axes"]),
        ("kept by its train()", ["bn-frozen"]),
        ("kept by its step", ["eval-left-on"]),
        ("a term lost", ["loss-term"]),
        ("a term more", ["loss-term"]),
        ("torch's Adafactor", ["optimizer-update"]),
        ("torch's Adafactor's threshold", ["optimizer-update", "optimizer-setting"]),
    ],
    3,
)


@pytest.fixture(scope="module")
def found() -> Any:
    names = [*FAITHFUL, *(name for name, _ in MISTAKES), "another metric", "unknown metrics"]
    return finding("tests.live_trained", "tensorflow", *names)


@pytest.mark.parametrize("name", FAITHFUL)
def test_a_faithful_training_passes(found: Any, name: str) -> None:
    assert found[name]["verdict"] == "pass", found[name]["text"]
    assert found[name]["causes"] == []


@pytest.mark.parametrize(("name", "causes"), MISTAKES)
def test_a_mistake_is_named_and_nothing_else(found: Any, name: str, causes: list[str]) -> None:
    assert found[name]["verdict"] == "differ"
    assert found[name]["causes"] == causes, found[name]["text"]


def test_a_metric_that_says_something_else_of_the_same_predictions(found: Any) -> None:
    assert found["another metric"]["gate"] == ["metrics"]
    assert "precision" in found["another metric"]["text"]
    assert "f1" in found["unknown metrics"]["text"]
    assert found["unknown metrics"]["verdict"] == "incomplete"
