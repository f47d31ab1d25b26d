"""Gate `weights`: what it says of tensors that need no counterpart."""

from parity.gates import weights
from parity.mapping.ledger import COUNT_STATE, SEED_STATE
from parity.records.comparison import Ledger

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
