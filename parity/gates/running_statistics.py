"""The statistics of a layer after a step in training mode, moved and compared by the ledger."""

from collections.abc import Callable, Mapping

from parity.gates.segment import Segment, Trained
from parity.mapping import ledger as transfer
from parity.numerics import noise
from parity.records.comparison import Array, Dtype, Ledger, LedgerLine, Measured

NARROW_WIDE: tuple[Dtype, Dtype] = ("float32", "float64")
Held = Callable[[list[str]], dict[str, Array]]  # Keras's own weights, of these names


class Statistics:
    """Compares what moved on either side; what did not is as Keras holds it.

    The noise of each is measured once, on the port as it is.
    """

    def __init__(self, segment: Segment, ledger: Ledger, held: Held, seed: int) -> None:
        self._segment, self._ledger, self._held, self._seed = segment, ledger, held, seed
        self._levels: dict[str, float] = {}

    def compared(self, ours: Trained, theirs: Trained) -> list[Measured]:
        lines = self._lines(ours, theirs)
        if not lines:
            return []
        part = Ledger(tuple(lines))
        held = self._held([line.keras.name for line in lines])
        keras, torch = held | ours.moved, _in_keras(part, held, theirs.moved)
        if not held.keys() <= self._levels.keys():
            self._levels |= self._noise(part, held)
        return [
            self._segment.measured(
                name.rpartition("/")[2], keras[name], torch[name], self._levels[name]
            )
            for name in held
        ]

    def unanswered(self, ours: Trained, theirs: Trained) -> tuple[str, ...]:
        """What moved and has no line in the ledger."""
        known = {n for line in self._ledger.lines for n in (line.keras.name, line.torch.name)}
        left = (name for name in (*ours.moved, *theirs.moved) if name not in known)
        return tuple(f"{name} moves, and nothing answers it" for name in left)

    def _lines(self, ours: Trained, theirs: Trained) -> list[LedgerLine]:
        return [
            line
            for line in self._ledger.lines
            if line.keras.name in ours.moved or line.torch.name in theirs.moved
        ]

    def _noise(self, part: Ledger, held: dict[str, Array]) -> dict[str, float]:
        """The larger noise of the two sides: float32 against float64."""
        run = self._segment
        ours = [held | run.keras(self._seed, d).moved for d in NARROW_WIDE]
        theirs = [_in_keras(part, held, run.torch(self._seed, d).moved) for d in NARROW_WIDE]
        own: Dtype = "float32" if run.met.evidence["float64"].is_narrow else "float64"
        found = {}
        for name in held:
            levels = (noise.level(narrow[name], wide[name]) for narrow, wide in (ours, theirs))
            found[name] = noise.scaled(max(levels), own)
        return found


def _in_keras(part: Ledger, held: dict[str, Array], moved: Mapping[str, Array]) -> dict[str, Array]:
    """Torch's statistics in Keras's layout."""
    wanted = {line.torch.name for line in part.lines}
    after = {name: value for name, value in moved.items() if name in wanted}
    return transfer.to_keras(part, transfer.to_torch(part, held) | after)
