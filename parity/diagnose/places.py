"""Where a chain of reshapes and permutations puts each value, found by moving place numbers."""

from collections.abc import Iterable, Sequence

import numpy as np

from parity.records.comparison import Array, Step

RESHAPES = ("view", "reshape", "unflatten", "Unflatten", "flatten", "Flatten")
PERMUTES = ("permute", "transpose", "swapaxes", "movedim", "t")


def numbered(shape: Sequence[int]) -> Array:
    return np.arange(np.prod(shape)).reshape(shape)


def after(steps: Iterable[Step], shape: Sequence[int]) -> Array | None:
    """What the steps make of an input of this shape; None where one of them does something else."""
    places = numbered(shape)
    for step in steps:
        dims, ends = step.settings.get("dims"), _ends(step)
        if step.kind in RESHAPES and places.size == np.prod(step.shape):
            places = places.reshape(step.shape)
        elif step.kind == "permute" and dims and len(dims) == places.ndim:
            places = places.transpose(dims)
        elif step.kind in ("transpose", "swapaxes") and ends:
            places = places.swapaxes(*ends)
        elif step.kind == "movedim" and ends:
            places = np.moveaxis(places, *ends)
        else:
            return None
    return places


def _ends(step: Step) -> tuple[int, int] | None:
    names = ("source", "destination") if step.kind == "movedim" else ("dim0", "dim1")
    first, second = (step.settings.get(name) for name in names)
    return (first, second) if isinstance(first, int) and isinstance(second, int) else None


def are_equal(one: Array | None, other: Array) -> bool:
    return one is not None and np.array_equal(one, other)
