"""Gate `weights`: what it says of tensors that need no counterpart."""

import numpy as np
import pytest

from parity.gates import weights
from parity.mapping.layout_moves import DENSE, GIVEN, flat, in_order
from parity.mapping.ledger import COUNT_STATE, SEED_STATE
from parity.records.comparison import Ledger, LedgerLine, Move, Variable

ZEROS = "zeros, where Keras has nothing: it changes nothing until it is trained"


def note(*set_aside: tuple[str, str]) -> str:
    return weights.gate([], Ledger((), set_aside=set_aside)).note


def test_seeds_and_counters_are_counted_alone() -> None:
    found = note(("seed", SEED_STATE), ("bn.num_batches_tracked", COUNT_STATE))
    assert "; 2 set aside (generator seeds, counters)" in found


def test_of_other_tensors_the_first_is_named_with_the_reason() -> None:
    found = note(("seed", SEED_STATE), ("mha.in_proj_bias", ZEROS))
    assert "; 1 set aside (generator seeds, counters)" in found
    assert f"; 1 set aside, as `mha.in_proj_bias`: {ZEROS}" in found


@pytest.mark.parametrize("is_ordered", [True, False])
def test_features_in_an_order_of_the_ports_own_are_told(is_ordered: bool) -> None:
    """Whoever loads the weights by a plain transposition gets another function."""
    order = flat(np.arange(8).reshape(4, 2).T.ravel(), (4, 2))
    move: Move = in_order(DENSE, order, -1, GIVEN) if is_ordered else DENSE
    kernel = Variable("fc/kernel", "kernel", (3, 8))
    weight = Variable("fc.weight", "weight", (8, 3))
    found = weights.gate([], Ledger((LedgerLine(kernel, move, weight),))).note
    told = "; 1 in another order of features than Keras's, as `fc.weight`: moved by "
    assert (told in found) == is_ordered
