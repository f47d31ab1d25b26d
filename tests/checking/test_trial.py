"""Placements that are put on trial: those first that keep the order of layers."""

from types import SimpleNamespace
from typing import Any, cast

from parity.checking.trial import _crossings
from parity.mapping import guesses
from parity.mapping.layout_moves import COPY
from parity.records.comparison import LedgerLine, Trace, Variable

OURS = [Variable(f"{layer}/{role}", role, (6,)) for layer in "ab" for role in ("kernel", "bias")]
THEIRS = [Variable(f"{n}.{role}", role, (6,)) for n in (1, 2) for role in ("bias", "weight")]


def crossings(*places: int) -> int:
    lines = tuple(
        LedgerLine(ours, COPY, THEIRS[place], by=guesses.BY)
        for ours, place in zip(OURS, places, strict=True)
    )
    keras, torch = (Trace((), {}, {}, tuple(side)) for side in (OURS, THEIRS))
    one: Any = SimpleNamespace(keras=keras, torch=torch)
    return _crossings(cast(Any, SimpleNamespace(lines=lines)), one)


def test_weights_of_one_layer_stand_in_any_order() -> None:
    assert crossings(1, 0, 3, 2) == 0


def test_weights_of_two_layers_that_cross_are_counted() -> None:
    assert crossings(1, 2, 3, 0) == 2
