"""The moves that make the shape of a tensor of that of a variable, and which roles are alike."""

from itertools import permutations
from math import prod

from parity.mapping import joins
from parity.mapping.layout_moves import COPY, by_axes
from parity.mapping.rules import moves
from parity.records.comparison import Move, Variable

TURNED = 4  # axes, of which any order is tried
# What the two frameworks, and people, call the same thing.
ALIKE = (
    {"kernel", "weight", "w"},
    {"gamma", "weight", "scale", "g"},
    {"beta", "bias", "b", "shift"},
    {"moving_mean", "running_mean", "mean"},
    {"moving_variance", "running_var", "variance", "var"},
    {"embeddings", "weight"},
)


def size(variable: Variable) -> int:
    """What every move leaves as it is."""
    return prod(variable.shape)


def usual(keras: Variable, torch: Variable) -> list[Move]:
    """The moves that make one shape of the other, the usual first."""
    one, other = keras.shape, torch.shape
    found = [x.move for x in joins.layouts(one, len(other)) if x.shape == other]
    if len(one) == len(other) > 2:  # (sizes..., in, out) as it is but for the sizes
        axes = (len(one) - 2, len(one) - 1, *range(len(one) - 2))
        if tuple(one[axis] for axis in axes) == other:
            found.append(by_axes(axes))
    is_raw = torch.role not in ("weight", "kernel")  # a matrix of a person's own
    if one == other:
        found = [move for move in found if move is not COPY]
        found.insert(0 if is_raw else len(found), COPY)
    elif _long(one) == _long(other) or other == (prod(one),):
        found.append(moves.reshaped(one, other))
    last_first = (*one[-1:], *one[:-1])
    if len(_long(one)) > 1 and _long(last_first) == _long(other) and len(one) != len(other):
        found.append(moves.channels_first(one, other))
    elif len(_long(one)) == 2 and _long(one)[::-1] == _long(other) and not found:
        found.append(_transposed(one, other))
    return found


def _transposed(one: tuple[int, ...], other: tuple[int, ...]) -> Move:
    """A matrix the other way round, among axes of length 1, as of attention (units, heads, 1)."""
    return Move(
        f"{one} -> {other}, transposed",
        lambda w: w.reshape(_long(one)).T.reshape(other),
        lambda w: w.reshape(_long(other)).T.reshape(one),
    )


def _long(shape: tuple[int, ...]) -> list[int]:
    """The axes that have a length."""
    return [n for n in shape if n != 1]


def turned(keras: Variable, torch: Variable) -> list[Move]:
    """The moves, behind the transposes that are none of them: the axes of a weight that a person
    multiplies by hand, as of a bilinear layer, have no usual order."""
    one, other = keras.shape, torch.shape
    rank = len(one)
    if not 2 < rank == len(other) <= TURNED:
        return usual(keras, torch)
    sizes = tuple(range(rank - 2))
    known = (
        (*sizes, rank - 2, rank - 1),
        (rank - 1, rank - 2, *sizes),
        (rank - 2, rank - 1, *sizes),
    )
    orders = (order for order in permutations(range(rank)) if order not in known)
    others = [by_axes(x) for x in orders if tuple(one[axis] for axis in x) == other]
    return [*others, *usual(keras, torch)]


def are_alike(ours: str, theirs: str) -> bool:
    one, other = ours.rpartition("/")[2].lower(), theirs.lower()
    return one == other or any(one in names and other in names for names in ALIKE)
