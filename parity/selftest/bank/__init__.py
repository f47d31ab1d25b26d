"""Hand-made models, each with one mistake that must be found, named and placed."""

from parity.selftest.bank import activations, constants, order, sequences, space, weights
from parity.selftest.bank.entry import Entry

BANK: tuple[Entry, ...] = (
    *space.ENTRIES,
    *activations.ENTRIES,
    *order.ENTRIES,
    *sequences.ENTRIES,
    *constants.ENTRIES,
    *weights.ENTRIES,
)

__all__ = ["BANK", "Entry"]
