"""A weight is where it belongs if both models compute the same of it first, whatever comes then."""

from dataclasses import replace

import pytest

from parity.checking import models, moving, proven_places
from parity.checking.options import Options
from parity.mapping import guesses
from parity.mapping.overrides import MappingOverrides
from parity.pairs import own
from parity.sides.process import Sides

RIGHT = {
    "a": "linear.weight",
    "a_bias": "linear.bias",
    "g": "gate.weight",
    "g_bias": "gate.bias",
}
# Both are zeros at first: the same comes out, until they have other numbers.
BIASES = RIGHT | {"a_bias": "gate.bias", "g_bias": "linear.bias"}
MATRICES = RIGHT | {"a": "gate.weight", "g": "linear.weight"}


@pytest.mark.parametrize(
    ("places", "is_proven"),
    [(RIGHT, True), (BIASES, False), (MATRICES, False)],
    ids=["right", "biases exchanged", "matrices exchanged"],
)
def test_a_place_is_proven_by_what_is_computed_first(
    sides: Sides, places: dict[str, str], is_proven: bool
) -> None:
    pair = own("tests.own.keras_inside:gated", "tests.own.torch_inside:Angle")
    steps: dict[str, tuple[str, ...]] = {"gated": ("linear", "gate", "atan2_1")}
    plan = models.draw_up(pair, sides, Options(overrides=MappingOverrides(layers=steps)), None)
    try:
        (first, *_) = guesses.of(plan.ledger, plan.keras, plan.torch)
        tensors = {line.torch.name: line.torch for line in first.lines}
        lines = tuple(
            replace(line, torch=tensors[places[line.keras.role]], by=guesses.BY)
            for line in first.lines
        )
        guess = replace(plan, ledger=replace(first, lines=lines))
        assert moving.override(guess, sides)
        assert proven_places.are_proven(guess, sides, ()) == is_proven
    finally:
        models.close(pair, sides)
