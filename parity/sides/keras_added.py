"""What a loss of a person's own in Keras adds up, one part of it left out."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from keras import ops

from parity.sides import places

MOST = 8  # parts that are left out, one after the other
ADDING = ("__add__", "__radd__", "__sub__", "__rsub__")

Lost = tuple[str, float]  # which part, and what is left of the loss without it


def lost(loss: Callable[[], float], axes: int = 1) -> Iterator[Lost]:
    """Of each number that is added up to the loss, or vector of a number a sample; of sums of
    several only their parts: what is left of all of them is the other one. axes: of the largest
    arrays that are looked at."""
    own = loss()
    for place in range(MOST):
        with _without(place, axes) as met:
            left = loss()
        if place >= len(met):
            return
        if left != own and met[place]:  # a line of a person's own
            yield f"{place + 1} ({met[place]})", left


@contextlib.contextmanager
def _without(place: int, axes: int) -> Iterator[list[str]]:
    """Within it, the n-th of what is added up is nothing. Gives where each of them is."""
    kind, met = type(ops.ones(())), list[str]()
    kept = {name: vars(kind).get(name) for name in ADDING}

    def part(x: Any, where: str) -> Any:
        if not isinstance(x, kind) or id(x) in sums:
            return x
        met.append(where)
        return ops.zeros_like(x) if len(met) == place + 1 else x

    sums: dict[int, Any] = {}  # held, as an id names an object while it lives

    def watched(own: Any) -> Any:
        def adding(one: Any, other: Any) -> Any:
            if max(len(getattr(x, "shape", ())) for x in (one, other)) > axes:
                return own(one, other)
            where = places.calling()
            found = own(part(one, where), part(other, where))
            sums[id(found)] = found
            return found

        return adding

    for name in ADDING:
        setattr(kind, name, watched(getattr(kind, name)))
    try:
        yield met
    finally:
        for name, own in kept.items():
            if own is None:
                delattr(kind, name)
            else:
                setattr(kind, name, own)
