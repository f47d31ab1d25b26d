"""Places for weights that no rule placed: by shape and order. A guess is only a guess: it is taken
where both models return the same with it, on every draw of weights."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import count, islice

from parity.mapping.layout_moves import COPY, DENSE, by_axes
from parity.records.comparison import Ledger, LedgerLine, Move, Variable

MOST = 8  # guesses that are tried: each is a pass of the port
LARGEST = 200  # weights that are placed so
PLACES = 2_000  # that are looked at for them
# What the two frameworks, and people, call the same thing.
ALIKE = (
    {"kernel", "weight", "w"},
    {"gamma", "weight", "scale", "g"},
    {"beta", "bias", "b", "shift"},
    {"moving_mean", "running_mean", "mean"},
    {"moving_variance", "running_var", "variance", "var"},
    {"embeddings", "weight"},
)


def of(ledger: Ledger) -> Iterator[Ledger]:
    """The ledger with all that was left in it placed, in one way after another.

    None where the two sides have not as many left, or shapes allow none.
    """
    ours = [v for v in ledger.keras_left if v.kind == "weight"]
    theirs = [v for v in ledger.torch_left if v.kind == "weight"]
    sizes, others = (Counter(map(_sizes, side)) for side in (ours, theirs))
    if not 0 < len(ours) <= LARGEST or sizes - others:
        return
    for lines in islice(_ways(ours, theirs, count(1)), MOST):
        used = {line.torch.name for line in lines}
        yield replace(
            ledger,
            lines=(*ledger.lines, *lines),
            keras_left=(),
            torch_left=tuple(v for v in ledger.torch_left if v.name not in used),
            failures=(),
            unknown=(),
        )


def _sizes(variable: Variable) -> tuple[int, ...]:
    """What every move leaves as it is."""
    return tuple(sorted(n for n in variable.shape if n != 1))


def _ways(
    ours: list[Variable], theirs: list[Variable], tried: Iterator[int]
) -> Iterator[tuple[LedgerLine, ...]]:
    """The ways to place these, those that keep the order and the names first, until so many places
    were tried."""
    if not ours:
        yield ()
        return
    first, *rest = ours
    fitting = [(other, move) for other in theirs for move in _moves(first, other)]
    fitting.sort(key=lambda pair: not _alike(first.role, pair[0].role))
    for other, move in fitting:
        if next(tried) > PLACES:
            return
        left = [v for v in theirs if v is not other]
        for lines in _ways(rest, left, tried):
            yield (LedgerLine(first, move, other), *lines)


def _moves(keras: Variable, torch: Variable) -> list[Move]:
    """The moves that make one shape of the other, the usual first."""
    one, other = keras.shape, torch.shape
    rank = len(one)
    found = []
    if rank == 2 and one[::-1] == other:
        found.append(DENSE)
    if rank > 2 and rank == len(other):  # (sizes..., in, out): a convolution, and a transposed one
        sizes = tuple(range(rank - 2))
        for axes in ((rank - 1, rank - 2, *sizes), (rank - 2, rank - 1, *sizes)):
            if tuple(one[axis] for axis in axes) == other:
                found.append(by_axes(axes))
    if one == other:
        is_raw = torch.role not in ("weight", "kernel")  # a matrix of a person's own
        found.insert(0 if is_raw else len(found), COPY)
    elif [n for n in one if n != 1] == [n for n in other if n != 1]:
        found.append(_regrouped(one, other))
    return found


def _regrouped(keras: tuple[int, ...], torch: tuple[int, ...]) -> Move:
    name = f"{keras} -> {torch}"
    return Move(name, lambda w: w.reshape(torch), lambda w: w.reshape(keras))


def _alike(ours: str, theirs: str) -> bool:
    one, other = ours.rpartition("/")[2].lower(), theirs.lower()
    return one == other or any(one in names and other in names for names in ALIKE)
