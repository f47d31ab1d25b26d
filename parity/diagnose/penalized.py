"""What Keras's layers add to the loss, and hold their weights to, by variable."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from parity.diagnose.penalties import dims, of_layers
from parity.records.comparison import Array, LedgerLine, Step

Penalties = dict[str, tuple[float, float]]  # variable -> of its absolute values, of its squares


def penalties(steps: Sequence[Step], backend: str) -> Penalties:
    """Of L1 and L2 alone. backend: Keras's; tensorflow rounds their factors to float32."""
    found = {}
    for variable, what, kind, given in of_layers(steps):
        if what == "regularizer" and kind in ("L1", "L2", "L1L2"):
            l1, l2 = (float(given.get(name) or 0) for name in ("l1", "l2"))
            if backend == "tensorflow":
                l1, l2 = float(np.float32(l1)), float(np.float32(l2))
            found[variable] = l1, l2
    return found


def constraints(
    steps: Sequence[Step], lines: Sequence[LedgerLine]
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The port's tensor, Keras's constraint, and its settings, the axes as torch's dimensions."""
    places = {line.keras.name: line for line in lines}
    for variable, what, kind, given in of_layers(steps):
        line = places.get(variable)
        if what == "constraint" and line is not None and line.torch_part is None:
            axes = dims(given.get("axis", 0), line)
            rest = {name: value for name, value in given.items() if name != "axis"}
            yield line.torch.name, kind, rest | {"dim": axes}


def own(of: Penalties, weights: Mapping[str, Array]) -> float:
    """What Keras adds."""
    return sum(
        l1 * _sum(np.abs(weights[n])) + l2 * _sum(weights[n] ** 2) for n, (l1, l2) in of.items()
    )


def of_norms(of: Penalties, weights: Mapping[str, Array]) -> float:
    """The same with norms in the place of their squares."""
    return sum(l2 * float(np.sqrt(_sum(weights[n] ** 2))) for n, (_, l2) in of.items())


def of_others(of: Penalties, weights: Mapping[str, Array]) -> float:
    """The penalty of what Keras does not penalise."""
    most = max((l2 for _, l2 in of.values()), default=0.0)
    return most * sum(_sum(x**2) for n, x in weights.items() if n not in of)


def _sum(array: Array) -> float:
    return float(array.astype(float).sum())
