"""Learning rates step by step: how the port's schedule stands to Keras's."""

import numpy as np

from parity.diagnose.remedies import Remedy

Rates = tuple[tuple[float, ...], tuple[float, ...]]  # Keras's, the port's

NEAR = 1e-5  # of a rate: schedules are computed in float32, in one order or another


def differs(rates: Rates) -> bool:
    """By more than float32 rounds, and not by a factor alone, which is the optimizer's own."""
    keras, torch = map(np.array, rates)
    return len(keras) > 1 and not _same(keras, torch) and bool(np.ptp(keras) or np.ptp(torch))


def of_rates(rates: Rates, epoch: int, is_by_loss: bool = False) -> Remedy:
    """epoch: its steps; is_by_loss: they are known as far as the losses went."""
    keras, torch = map(np.array, rates)
    first = next(n for n in range(len(keras)) if not _same(keras[n], torch[n]))
    told = f"at step {first + 1} the port's is {torch[first]:.6g}, Keras's {keras[first]:.6g}"
    other = Remedy("schedule", f"another schedule: {told}", "the schedule of Keras's optimizer")
    if is_by_loss:
        return other
    places = np.arange(len(keras))
    if not np.ptp(torch):
        of_epochs = epoch > 1 and _same(keras, keras[places // epoch * epoch])
        says = f"the learning rate stays as it is, where Keras's follows a schedule: {told}"
        when = f"a scheduler, whose step() is called after each {'epoch' if of_epochs else 'step'}"
        return Remedy("schedule-lost", says, when)
    for by, word in ((1, "late"), (-1, "early")):
        ahead, behind = (keras[:-1], torch[1:]) if by == 1 else (keras[1:], torch[:-1])
        if _same(ahead, behind):
            says = f"the port's schedule is a step {word}: {told}"
            return Remedy(
                "schedule-offset", says, f"a schedule of (step {'+' if by > 0 else '-'} 1)"
            )
    counted = np.minimum(places // epoch, len(keras) - 1) if epoch > 1 else places
    if epoch > 1 and _same(keras, torch[counted]):
        says = f"the port's schedule counts steps, Keras's epochs: {told}"
        return Remedy("schedule-interval", says, "scheduler.step() after each epoch")
    if epoch > 1 and _same(torch, keras[counted]):
        says = f"the port's schedule counts epochs, Keras's steps: {told}"
        return Remedy("schedule-interval", says, "scheduler.step() after each step")
    if epoch > 1 and _same(torch, keras[places // epoch * epoch]):
        says = f"the port's rate changes with each epoch alone, Keras's with each step: {told}"
        return Remedy("schedule-interval", says, "scheduler.step() after each step")
    return other


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    return bool(np.allclose(one, other, rtol=NEAR, atol=0))
