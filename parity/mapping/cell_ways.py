"""How a port that writes a recurrent layer out may hold what Keras has as two matrices."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import TypeVar

from parity.records.comparison import LedgerLine, Variable

INPUT, STATE, BOTH, EITHER = "x", "h", "xh", "x or h"  # what a matrix is multiplied by

Found = tuple[list[LedgerLine], list[Variable]]  # with the tensors that must be zero
_T = TypeVar("_T")


@dataclass(frozen=True)
class Cell:
    """The weights of a recurrent layer of Keras's, or of one direction of it."""

    kernel: Variable
    recurrent: Variable
    bias: Variable | None

    @property
    def units(self) -> int:
        return self.recurrent.shape[-2]

    @property
    def inputs(self) -> int:
        return self.kernel.shape[-2]

    @property
    def gates(self) -> int:
        return self.kernel.shape[-1] // self.units

    @property
    def size(self) -> int:
        """How many numbers both matrices have."""
        return prod(self.kernel.shape) + prod(self.recurrent.shape)


@dataclass(frozen=True)
class Way:
    """How a port holds a cell.

    order: for each gate of the port's the number of Keras's; is_copied: matrices stand as Keras has
    them, what they give last; state_first: in one for both, the state's part leads; in_turns: of
    tensors alike every second one is the state's, not the second half.
    """

    order: tuple[int, ...]
    is_copied: bool
    state_first: bool
    in_turns: bool


@dataclass(frozen=True)
class Held:
    """A tensor of the port's, as a matrix of so many gates."""

    tensor: Variable
    gates: int
    of: str


def halves(alike: Sequence[_T], way: Way) -> tuple[Sequence[_T], Sequence[_T]]:
    """Of what is alike, the input's and the state's."""
    middle = len(alike) // 2
    return (alike[::2], alike[1::2]) if way.in_turns else (alike[:middle], alike[middle:])
