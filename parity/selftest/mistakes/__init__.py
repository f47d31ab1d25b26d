"""Mistakes that people make in ports, by name, and where each can happen."""

from parity.selftest.mistakes import activation, constants, order, padding, sequence, training
from parity.selftest.mistakes.site import Mistake, Site

MISTAKES: dict[str, Mistake] = {
    **padding.MISTAKES,
    **activation.MISTAKES,
    **order.MISTAKES,
    **sequence.MISTAKES,
    **constants.MISTAKES,
}
TRAINING_MISTAKES: dict[str, Mistake] = training.MISTAKES

__all__ = ["MISTAKES", "TRAINING_MISTAKES", "Mistake", "Site"]
