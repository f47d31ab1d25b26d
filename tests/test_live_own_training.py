"""Training steps of a port's own, and settings that torch alone has: all that is wrong is named.

Each has its turn every third day.
"""

from typing import Any

import pytest

from tests.apart import finding
from tests.in_turn import in_turn

FAITHFUL = ["clipped by value", "falling"]
MISTAKES = in_turn(
    [
        ("not by value", "optimizer", ["clipnorm"], "each number of a gradient by itself"),
        ("norm and 1e-6", "optimizer", ["clipnorm"], "the norm + 1e-6"),
        ("cleared late", "optimizer", ["zero-grad-late"], "between their pass and"),
        ("in autocast", "lockstep", ["dtype"], "by autocast"),
        ("scaled", "gradients", ["loss-reduction"], "gradients are 2 times Keras's"),
        ("hooked", "gradients", ["gradient-hook"], "a hook"),
        ("dampened", "optimizer", ["optimizer-setting"], "dampening is 0.1"),
        ("uphill", "optimizer", ["optimizer-setting"], "maximize is True"),
        ("averaged", "optimizer", ["weights-averaged"] * 3, "parity.semantics.SGD(use_ema=True)"),
        ("falling by steps", "optimizer", ["schedule-interval"], "counts steps, Keras's epochs"),
        ("not falling", "optimizer", ["schedule-lost"], "called after each epoch"),
        ("slower", "optimizer", ["optimizer-setting", "adagrad-defaults"], "lr_decay is 0.1"),
    ],
    3,
)


@pytest.fixture(scope="module")
def found() -> Any:
    names = [*FAITHFUL, *(name for name, *_ in MISTAKES)]
    return finding("tests.live_own_training", "tensorflow", *names)


@pytest.mark.parametrize("name", FAITHFUL)
def test_a_faithful_training_passes(found: Any, name: str) -> None:
    assert found[name]["verdict"] == "pass", found[name]["text"]
    assert found[name]["causes"] == []


@pytest.mark.parametrize(("name", "gate", "causes", "says"), MISTAKES)
def test_a_mistake_is_named_and_nothing_else(
    found: Any, name: str, gate: str, causes: list[str], says: str
) -> None:
    assert found[name]["verdict"] == "differ"
    assert found[name]["gate"] == [gate]
    assert found[name]["causes"] == causes, found[name]["text"]
    assert says in found[name]["text"].replace("\n", " ")
