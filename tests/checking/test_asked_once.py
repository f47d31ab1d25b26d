"""A check runs no model for what it knows already."""

from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from parity.checking import own_tensors, run
from parity.pairs import own
from parity.records.comparison import Report, Step, Variable
from parity.sides.process import Sides
from parity.sides.verbs import InTorch


def check(sides: Sides, torch: str) -> Report:
    pair = own("tests.own.keras_returning:one", f"tests.own.torch_asked:{torch}")
    return run.check(pair, sides)


@pytest.fixture
def asked(sides: Sides, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What the port was asked to answer: dtype, second call, number of changes."""
    found: list[tuple[Any, ...]] = []
    call = sides.torch.call

    def noted(verb: Callable[..., Any], *args: Any, **named: Any) -> Any:
        if verb is InTorch.answer:
            _, _, dtype, then, changes = (*args, None, ())[:5]
            found.append((dtype, then is not None, changes))
        return call(verb, *args, **named)

    monkeypatch.setattr(sides.torch, "call", noted)
    return found


def test_a_trial_of_causes_is_one_run_in_each_dtype(
    sides: Sides, asked: list[tuple[Any, ...]]
) -> None:
    report = check(sides, "TwoFaults")
    assert report.mended is True
    rows = [dtype for dtype, then, changes in asked if changes and then]
    assert sorted(rows) == ["float32", "float64"]  # two calls in a row: once all is mended
    trials = Counter(
        (dtype, repr(changes)) for dtype, then, changes in asked if changes and not then
    )
    assert trials
    assert max(trials.values()) == 1


def test_weights_that_a_layer_of_kerass_surely_reads_are_not_tried(
    sides: Sides, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def noted(names: list[str], *_: Any) -> bool:
        tried.extend(names)
        return True

    monkeypatch.setattr(own_tensors, "_are_read", noted)
    assert check(sides, "WithoutBias").verdict == "differ"
    assert tried == []


def test_a_layer_whose_values_nothing_uses_may_leave_its_weights_unread() -> None:
    bias = Variable("dense/bias", "bias", (3,))
    step = Step("dense", "Dense", (2, 3), variables=(bias,))

    def read(results: tuple[str, ...]) -> set[str]:
        plan: Any = SimpleNamespace(keras=SimpleNamespace(steps=(step,), results=results))
        return own_tensors._surely_read(plan)

    assert read(("dense",)) == {"dense/bias"}
    assert read(("other",)) == set()
