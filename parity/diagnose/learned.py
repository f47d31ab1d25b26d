"""A layer of a person's own that scales or shifts by weights that it learns, and that the port goes
without: read off what Keras's steps give, and done by the port."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations, product
from typing import Literal

import numpy as np

from parity.diagnose.causes import CAUSES
from parity.numerics.difference import largest
from parity.records.comparison import Array, Cause, Finding, Match, Step
from parity.records.interventions import Change, Lent
from parity.sides.keras_learned import WAYS

LIKE = 1e-5  # of the largest value: what Keras computes in float32 is such a way, too
Axes = tuple[int, ...]  # Keras's axis i is torch's axis axes[i]
Ways = tuple[tuple[str, str], ...]  # in their order, each with the name of the weight


@dataclass(frozen=True)
class Learned:
    """Steps of Keras's that do no more than this to one value.

    match: the segment in which they stand; weights: those of the ways, by name.
    """

    steps: tuple[Step, ...]
    match: Match
    ways: Ways
    weights: Mapping[str, Array]


def read(x: Array, run: Callable[[Array], Array], weights: Mapping[str, Array], most: int) -> Ways:
    """By which ways, and with which of these weights, at most so many, steps make what they give of
    what they take; none where they do something else."""
    wanted = run(x)
    if wanted.shape != x.shape or not np.isfinite(wanted).all():
        return ()
    fitting = [name for name, w in weights.items() if _fits(w, x)]
    limit = LIKE * float(np.abs(wanted).max())
    for count in range(1, most + 1):
        for names in permutations(fitting, count):
            for ways in product(WAYS, repeat=count):
                y = x
                with np.errstate(all="ignore"):
                    for way, name in zip(ways, names, strict=True):
                        y = WAYS[way](y, weights[name])
                if largest(wanted, y) <= limit:
                    return tuple(zip(ways, names, strict=True))
    return ()


def _fits(w: Array, x: Array) -> bool:
    """Is it one number, or as long as the value along each of its last axes?"""
    return w.ndim < x.ndim and all(
        one in (1, other) for one, other in zip(w.shape[::-1], x.shape[::-1], strict=False)
    )


def done(
    one: Learned, place: str, where: Literal["input", "output"], axes: Axes
) -> tuple[Change, ...]:
    """The same in the port, to what a step takes or gives."""
    return tuple(
        Change(
            place,
            where,
            "keras_layer",
            {"kind": way, "config": {}, "axes": axes, "w": Lent(name, one.weights[name])},
        )
        for way, name in one.ways
    )


def lacking(found: Sequence[Learned], changes: Sequence[Sequence[Change]]) -> Finding:
    """That the port goes without all of these."""
    layers, places, says, fixes = [], [], [], []
    for one, own in zip(found, changes, strict=True):
        layer, place = one.steps[-1], own[0].step
        names = ", ".join(f"`{name}` {one.weights[name].shape}" for _, name in one.ways)
        layers.append(layer.name)
        places.append(place)
        says.append(f"{layer.name} ({layer.kind}): {names}")
        lines = (f"x = {way.replace('w', 'self.' + _leaf(name))}" for way, name in one.ways)
        fixes.append(
            f"{'; '.join(lines)}  # {'behind' if own[0].what == 'output' else 'before'} {place}"
        )
    known = CAUSES["layer-missing"]
    told = (
        f"the port lacks weights that Keras learns, and what it does with them: {'; '.join(says)}"
    )
    cause = Cause("layer-missing", known.says, told, "; ".join(fixes), known.entry, 1.0)
    torch = " + ".join(dict.fromkeys(places))
    return Finding(" + ".join(layers), torch, "forward", (cause,), float("inf"), 0.0)


def _leaf(name: str) -> str:
    return name.rpartition("/")[2]
