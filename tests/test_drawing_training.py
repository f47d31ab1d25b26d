"""A training step that draws, and calls parts of its model: draws are shared, and all that it reads
has its place."""

import pytest

from tests.apart import finding
from tests.in_turn import in_turn

MISTAKES = in_turn([("mean over values", "loss-reduction"), ("eval left on", "eval-left-on")], 2)


@pytest.mark.parametrize("backend", in_turn(["tensorflow", "torch"], 2))
def test_the_faithful_port_passes_and_a_mistake_is_named(backend: str) -> None:
    found = finding("tests.drawing_training", backend, "faithful", *(name for name, _ in MISTAKES))
    assert found["faithful"]["verdict"] == "pass", found["faithful"]["text"]
    for name, cause in MISTAKES:
        assert found[name]["gate"] == ["loss"], found[name]["text"]
        assert found[name]["causes"] == [cause], found[name]["text"]


@pytest.mark.parametrize("backend", in_turn(["tensorflow"], 4))
def test_what_cannot_be_shared_is_not_blamed(backend: str) -> None:
    found = finding("tests.drawing_training", backend, "drawn apart")["drawn apart"]
    assert found["verdict"] == "incomplete", found["text"]
    assert "cannot be handed from outside" in " ".join(found["text"].split())
