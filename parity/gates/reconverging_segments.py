"""Segments in a row, run as one: a port may write a function in other steps than Keras.

Keras's MobileNetV3 adds three, cuts off at six and divides by six where a port has a Hardsigmoid:
step by step they differ, and together they are the same.

And where two models part and meet again, as where a port pools before it rectifies, what lies
between is one function written in two ways: those layers are compared by the values behind them.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from parity.errors import ModelError
from parity.gates.segment_values import Feeds, SegmentValues, rounding
from parity.mapping import activation_layouts
from parity.mapping.flow import outside
from parity.mapping.plan import DTYPES
from parity.numerics import noise
from parity.numerics.noise import LIMIT
from parity.records.comparison import Array, Dtype, Evidence, LayerCheck, Match
from parity.records.interventions import Change
from parity.sides.calls import TwoSides
from parity.sides.verbs import Walks

MOST = 4  # segments in a piece


@dataclass(frozen=True)
class Piece:
    """Segments each of which takes the result of one before it.

    numbers: their places; changes: what mends those that have a fault of their own.
    """

    numbers: tuple[int, ...]
    mets: tuple[SegmentValues, ...]
    changes: tuple[Change, ...] = ()

    def with_next(self, number: int, met: SegmentValues) -> "Piece | None":
        """The piece with a segment that takes its result on both sides; None for another, or a
        long piece."""
        last = self.mets[-1].match
        follows = last.keras_steps[-1].name in met.given and last.torch[-1].name in {
            name.partition(":")[0] for name in outside(met.match.torch)
        }
        if len(self.mets) == MOST or not follows:
            return None
        return replace(self, numbers=(*self.numbers, number), mets=(*self.mets, met))

    def is_closed(self, takers: Sequence[Sequence[int]]) -> bool:
        """Is nothing but the last result taken elsewhere? takers: of each segment's result."""
        return all(set(takers[number]) <= {*self.numbers} for number in self.numbers[:-1])


def gather(
    piece: Piece, sides: TwoSides, key: str, is_strict: bool = False
) -> dict[Dtype, Evidence] | None:
    """The last segment's evidence with the whole piece in its place; None where it cannot be run
    on Keras's inputs alone.

    is_strict: with the noise of its end alone: that of values inside may be larger than all that
    comes out, as where a normalisation takes what is huge.
    """
    last = piece.mets[-1]
    noisy = (last,) if is_strict else piece.mets
    steps = tuple(step for met in piece.mets for step in met.match.torch)
    names = [step.name for step in steps]
    wanted = outside(steps)

    def played(fed: Dtype, dtype: Dtype) -> Array:
        feeds: Feeds = {}
        for met in reversed(piece.mets):
            feeds |= met.feeds[fed]
        given = {name: feeds[name] for name in wanted if name in feeds}
        found = sides.torch.call(Walks.alone, key, names, given, names[-1], dtype, piece.changes)
        return activation_layouts.to_keras(last.layout, found)

    try:
        narrow, widened = played("float32", "float32"), played("float32", "float64")
        isolated: dict[Dtype, Array] = {"float32": narrow, "float64": played("float64", "float64")}
    except ModelError:
        return None
    own = rounding(narrow, widened)
    return {
        dtype: replace(
            last.evidence[dtype],
            isolated=isolated[dtype],
            isolated_noise=max(
                noise.scaled(own, "float32" if last.evidence[dtype].is_narrow else dtype),
                *(met.evidence[dtype].isolated_noise for met in noisy),
            ),
        )
        for dtype in DTYPES
    }


def as_segment(piece: Piece, evidence: dict[Dtype, Evidence]) -> SegmentValues:
    """The piece as one segment; evidence: of the whole, as the port is."""
    first, last = piece.mets[0], piece.mets[-1]
    torch = tuple(step for met in piece.mets for step in met.match.torch)
    keras = tuple(step for met in piece.mets for step in met.match.keras_steps)
    taken, given = outside(torch), outside(keras)
    feeds: dict[Dtype, Feeds] = {d: {} for d in DTYPES}
    values: Feeds = {}
    for met in reversed(piece.mets):
        values |= {name: x for name, x in met.given.items() if name in given}
        for dtype in DTYPES:
            feeds[dtype] |= {n: x for n, x in met.feeds[dtype].items() if n in taken}
    match = Match(first.match.keras, torch, keras, last.match.leaf)
    return SegmentValues(match, evidence, feeds, values, last.layout, first.entry, first.before, ())


def rejoined(
    lines: Sequence[LayerCheck],
    after: Sequence[Sequence[int]],
    ends: set[int],
    loose: Collection[int] = (),
) -> list[LayerCheck]:
    """The lines, those passed that are part of a longer piece which agrees.

    after: for each line those of the layers that take its value; ends: the lines of the results;
    loose: those where agreeing tells nothing of the lines before, which are judged by less noise.
    """
    agrees = [line.noise_ratio is not None and line.noise_ratio <= LIMIT for line in lines]
    meets = [agrees[i] and i not in loose for i in range(len(lines))]
    for i in reversed(range(len(lines))):
        if not agrees[i] and i not in ends and after[i]:
            meets[i] = all(j > i and meets[j] for j in after[i])
    before: list[list[int]] = [[] for _ in lines]
    for i, takers in enumerate(after):
        for j in takers:
            before[j].append(i)
    return [
        _part(line, lines, after[i], before[i], meets[i] and not agrees[i], agrees, i)
        for i, line in enumerate(lines)
    ]


def _part(
    line: LayerCheck,
    lines: Sequence[LayerCheck],
    after: Sequence[int],
    before: Sequence[int],
    is_part: bool,
    agrees: Sequence[bool],
    i: int,
) -> LayerCheck:
    """A line that differs, passed where it lies inside a longer piece that agrees, or closes it."""
    closes = agrees[i] and any(not agrees[j] for j in before)
    if line.verdict != "differ" or not (is_part or closes):
        return line
    names = ", ".join(lines[j].keras for j in (after if is_part else before))
    if closes:
        note = f"agrees from the input on; compared as one with {names}"
    else:
        note = f"compared as one with {names}, behind which both agree"
    return replace(line, verdict="pass", note=note)
