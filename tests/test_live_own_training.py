"""Training steps of a port's own, and settings that torch alone has: all that is wrong is named.

Each has its turn every third day.
"""

from typing import Any

import pytest

from tests.apart import finding
from tests.in_turn import in_turn

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
        ("slower", "optimizer", ["optimizer-setting", "adagrad-defaults"], "lr_decay is 0.1"),
    ],
    3,
)


@pytest.fixture(scope="module")
def found() -> Any:
    names = ["clipped by value", *(name for name, *_ in MISTAKES)]
    return finding("tests.live_own_training", "tensorflow", *names)


def test_a_faithful_step_passes(found: Any) -> None:
    assert found["clipped by value"]["verdict"] == "pass", found["clipped by value"]["text"]
    assert found["clipped by value"]["causes"] == []


@pytest.mark.parametrize(("name", "gate", "causes", "says"), MISTAKES)
def test_a_mistake_is_named_and_nothing_else(
    found: Any, name: str, gate: str, causes: list[str], says: str
) -> None:
    assert found[name]["verdict"] == "differ"
    assert found[name]["gate"] == [gate]
    assert found[name]["causes"] == causes, found[name]["text"]
    assert says in found[name]["text"].replace("\n", " ")
