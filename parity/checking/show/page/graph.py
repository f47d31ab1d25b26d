"""Both models as a ladder of rows: where the lines run that join other rows than neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass

from parity.records.passes import Row

LANES = 6  # beside each other; further lines share them


@dataclass(frozen=True)
class Jump:
    """A value that goes past other rows. start, end: rows from 1, and 0 for the input; lane: from
    the rows outwards; is_odd: the other model has none there, and the row differs."""

    start: int
    end: int
    lane: int
    is_odd: bool = False


@dataclass(frozen=True)
class Side:
    """fed: the rows, from 1, that take what the row above them gives."""

    jumps: tuple[Jump, ...]
    fed: frozenset[int]

    @property
    def lanes(self) -> int:
        return 1 + max((jump.lane for jump in self.jumps), default=-1)


def sides(rows: Sequence[Row], differing: frozenset[int]) -> tuple[Side, Side]:
    """Keras's, and the port's. differing: the rows, from 1, that do so by themselves."""
    keras = [row.keras_from for row in rows]
    torch = [row.torch_from for row in rows]
    return _side(keras, torch, differing), _side(torch, keras, differing)


def _side(
    own: Sequence[tuple[int, ...]], other: Sequence[tuple[int, ...]], differing: frozenset[int]
) -> Side:
    fed = frozenset(i + 1 for i, sources in enumerate(own) if i - 1 in sources)
    spans = [
        (source + 1, i + 1, i + 1 in differing and source not in other[i])
        for i, sources in enumerate(own)
        for source in sources
        if source != i - 1
    ]
    taken: list[list[tuple[int, int]]] = [[] for _ in range(LANES)]
    jumps = []
    for start, end, is_odd in sorted(spans, key=lambda span: abs(span[1] - span[0])):
        low, high = sorted((start, end))
        free = (lane for lane, held in enumerate(taken) if _is_free(low, high, held))
        lane = next(free, LANES - 1)
        taken[lane].append((low, high))
        jumps.append(Jump(start, end, lane, is_odd))
    return Side(tuple(jumps), fed)


def _is_free(low: int, high: int, held: Sequence[tuple[int, int]]) -> bool:
    return all(high <= start or end <= low for start, end in held)
