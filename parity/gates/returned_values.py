"""What both models returned when they were run whole: which value answers which, and how."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from parity.mapping import activation_layouts
from parity.mapping.layout_moves import AS_IT_IS
from parity.numerics import noise
from parity.numerics.difference import Difference, difference, largest, wide
from parity.records.answers import Answer, Returned
from parity.records.comparison import Array, Dtype, Layout


@dataclass(frozen=True)
class Run:
    """What both models returned on one draw.

    about     the draw, in words
    call      which it is of several in a row
    is_wide   of values far from ordinary ones: judged by float32's noise, as functions that switch
              to another formula there (softplus beyond 20) agree no better
    is_turned may an axis stand elsewhere in what the port returns, because of how it computes it?
              Else axes of the same lengths are the same axes
    spread    in a dtype, how far each of Keras's values jumps when its input is moved by a
              rounding: a decision that falls either way is no difference
    """

    about: str
    keras: Mapping[Dtype, Answer]
    torch: Mapping[Dtype, Answer]
    is_wide: bool = False
    spread: Mapping[Dtype, tuple[Array, ...]] = field(default_factory=dict)
    call: int = 0
    is_turned: bool = True

    def dtypes(self) -> tuple[Dtype, ...]:
        """Those that both sides could be run in."""
        every: tuple[Dtype, ...] = ("float64", "float32")
        return tuple(d for d in every if not self.keras[d].error and not self.torch[d].error)


@dataclass(frozen=True)
class Pairing:
    """One of Keras's returned values and the port's, by their places; None where there is none."""

    ours: int | None
    theirs: int | None


def pairings(keras: Answer, torch: Answer) -> list[Pairing]:
    """By key where both sides have the same ones, else by place."""
    ours, theirs = list(range(len(keras.parts))), list(range(len(torch.parts)))
    keys = [part.key for part in keras.parts], [part.key for part in torch.parts]
    if all(keys[0]) and len(set(keys[0])) == len(keys[0]) and set(keys[0]) <= set(keys[1]):
        found = [Pairing(n, keys[1].index(key)) for n, key in enumerate(keys[0])]
    else:
        if len(theirs) > len(ours):  # None, or a number, beside the tensors
            theirs.sort(key=lambda n: torch.parts[n].value is None)
        found = [Pairing(a, b) for a, b in zip(ours, theirs, strict=False)]
    used = {x.ours for x in found}, {x.theirs for x in found}
    found += [Pairing(n, None) for n in ours if n not in used[0]]
    found += [Pairing(None, n) for n in theirs if n not in used[1]]
    return [x for x in found if x.ours is not None or torch.parts[x.theirs or 0].value is not None]


def layout_of(pairing: Pairing, run: Run, dtype: Dtype) -> Layout:
    """The layout of a returned value: of those that shapes allow, the one that values agree in."""
    use = "float64" if "float64" in run.dtypes() else dtype
    mine, other = values_of(pairing, run, use)
    fitting = layouts(mine.shape, other.shape, run) or [AS_IT_IS]
    gaps = [largest(mine, in_keras(x, mine, other)) for x in fitting]
    return fitting[int(np.argmin(gaps))]


def layouts(keras: tuple[int, ...], torch: tuple[int, ...], run: Run) -> list[Layout]:
    """Those in which the port may return a value of this shape."""
    fitting = activation_layouts.fitting(keras, torch)
    return [AS_IT_IS] if AS_IT_IS in fitting and not run.is_turned else fitting


def in_keras(layout: Layout, keras: Array, torch: Array) -> Array:
    """The port's value in Keras's layout; axes that were regrouped are those of this draw."""
    if layout is not AS_IT_IS and keras.shape != torch.shape:
        again = [
            x for x in activation_layouts.fitting(keras.shape, torch.shape) if x.name == layout.name
        ]
        return activation_layouts.to_keras(again[0], torch) if again else torch
    return activation_layouts.to_keras(layout, torch)


def values_of(pairing: Pairing, run: Run, dtype: Dtype) -> tuple[Array, Array]:
    mine = run.keras[dtype].parts[pairing.ours or 0].value
    other = part_of(run.torch[dtype], pairing.theirs)
    empty = np.empty(0)
    theirs = other.value if other is not None else None
    return (empty if mine is None else mine), (empty if theirs is None else theirs)


def without_ties(
    gap: Difference,
    keras: Array,
    torch: Array,
    level: float,
    spread: tuple[Array, ...] | None,
    place: int,
) -> Difference:
    """The difference, without the elements where Keras's own answer jumps as far by a rounding.

    In float32 one jumps as far as half of the values of its sample do, too: a model that a rounding
    turns over moves all of them, and each by chance.
    """
    if spread is None or gap.note or keras.shape != spread[place].shape:
        return gap
    apart = np.abs(wide(torch) - wide(keras))
    jumps = spread[place]
    if keras.dtype == np.float32 and jumps.ndim > 1:
        of_sample = np.median(jumps, axis=tuple(range(1, jumps.ndim)), keepdims=True)
        jumps = np.maximum(jumps, of_sample)
    is_tie = (apart > noise.LIMIT * level) & (jumps >= apart / 4)
    if not is_tie.any():
        return gap
    found = difference(keras, np.where(is_tie, keras, torch).astype(torch.dtype))
    return replace(found, note=f"{int(is_tie.sum())} values fall either way by a rounding")


def lost_alike(keras: Array, torch: Array) -> NDArray[np.bool_]:
    """Where both sides give the same that is no number: NaN, or an infinity."""
    if keras.shape != torch.shape:
        return np.zeros(keras.shape, bool)
    found: NDArray[np.bool_] = ~np.isfinite(keras) & (
        (keras == torch) | (np.isnan(keras) & np.isnan(torch))
    )
    return found


def told_of_lost(lost: NDArray[np.bool_]) -> str:
    if not lost.any():
        return ""
    return (
        f"NaN or infinity in the same {int(lost.sum())} of {lost.size} values of both, where "
        "nothing can be compared: give inputs that Keras answers with numbers"
    )


def part_of(answer: Answer, place: int | None) -> Returned | None:
    return answer.parts[place] if place is not None and place < len(answer.parts) else None


def name_of(part: Returned | None, otherwise: str) -> str:
    if part is None:
        return ""
    return part.key or part.path or otherwise


def told_of(mine: Returned, other: Returned, is_turned: bool = True) -> list[str]:
    """What is no difference in the values, and yet one to whoever uses them. is_turned: as of a
    run."""
    said = [] if other.kind == "tensor" else [f"the port returns a {other.kind}, no tensor"]
    shapes = shape_of(mine) or (), shape_of(other) or ()
    # A loss would broadcast (N,) against (N, 1).
    if len(shapes[0]) != len(shapes[1]) or (shapes[0] != shapes[1] and not is_turned):
        one, two = (str(("N", *shape[1:])).replace("'", "") for shape in shapes)
        said.append(f"the port returns {two}, Keras {one}")
    return said


def shape_of(part: Returned) -> tuple[int, ...] | None:
    return None if part.value is None else part.value.shape
