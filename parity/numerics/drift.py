"""How far two trainings are apart, and how far rounding alone can bring them.

The yardstick is a perturbed reference, the Keras model that starts one ULP away from it
(parity/train/lockstep makes it). The port may drift LIMIT times as far as the reference has so far.
"""

import numpy as np

from parity.numerics.difference import difference, largest
from parity.records.comparison import Array
from parity.records.training import Drift

LIMIT = 10.0  # times the reference's own drift: the project's bound

Slots = dict[str, dict[str, Array]]  # role -> variable -> values


def between(
    step: int,
    keras: dict[str, Array],
    other: dict[str, Array],
    slots: Slots | None = None,
    other_slots: Slots | None = None,
) -> Drift:
    """The largest differences of weights and optimizer state, all in Keras's names and layouts."""
    found = {name: difference(array, other[name]) for name, array in keras.items()}
    name = max(found, key=lambda name: found[name].max_abs)
    apart = {
        role: max(largest(array, (other_slots or {})[role][v]) for v, array in of.items())
        for role, of in (slots or {}).items()
        if role in (other_slots or {})
    }
    return Drift(step, found[name].max_abs, name, found[name].index or (), slots=apart)


def rounding(
    step: int, weights: dict[str, Array], slots: Slots, loss: float, loss_epsilon: float
) -> Drift:
    """One rounding of the largest value of each: no drift is smaller than this by merit."""
    epsilon = max(float(np.finfo(array.dtype).eps) for array in weights.values())

    def widest(arrays: dict[str, Array]) -> float:
        return epsilon * max(float(np.abs(array).max()) for array in arrays.values())

    return Drift(
        step,
        widest(weights),
        loss=loss_epsilon * loss,
        slots={role: widest(of) for role, of in slots.items()},
    )


def larger(a: Drift, b: Drift) -> Drift:
    """Each figure of the larger one, at the step of `a`."""
    slots = {role: max(value, b.slots.get(role, 0.0)) for role, value in a.slots.items()}
    return Drift(
        a.step,
        max(a.weights, b.weights),
        loss=max(a.loss, b.loss),
        norm=max(a.norm, b.norm),
        slots=slots,
    )


def ceiling(yardstick: tuple[Drift, ...]) -> list[Drift]:
    """The largest drift up to each step: rounding that was possible once stays possible."""
    found: list[Drift] = []
    for drift in yardstick:
        found.append(larger(drift, found[-1]) if found else drift)
    return found


def multiple(mine: Drift, allowed: Drift) -> float:
    """The drift as a multiple of what is allowed: the larger of weights and loss.

    Gradient norms and optimizer state are recorded and not judged here: they are sums that each
    framework rounds in its own order, while reference and model share one order. What is wrong with
    a gradient or with the state moves the weights; the gates before this one judge both alone.
    """
    return max(_ratio(mine.weights, allowed.weights), _ratio(mine.loss, allowed.loss))


def _ratio(ours: float, theirs: float) -> float:
    if np.isnan(ours):
        return float("inf")
    if ours == 0:
        return 0.0
    return ours / theirs if theirs else float("inf")
