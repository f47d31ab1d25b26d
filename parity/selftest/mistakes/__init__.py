"""Mistakes that people make in ports, by name, and where each can happen."""

from parity.selftest.mistakes import activation, constants, order, padding, sequence, train_mode
from parity.selftest.mistakes.mutation_site import Mistake, MutationSite

MISTAKES: dict[str, Mistake] = {
    **padding.MISTAKES,
    **activation.MISTAKES,
    **order.MISTAKES,
    **sequence.MISTAKES,
    **constants.MISTAKES,
}
TRAINING_MISTAKES: dict[str, Mistake] = train_mode.MISTAKES

__all__ = ["MISTAKES", "TRAINING_MISTAKES", "Mistake", "MutationSite"]
