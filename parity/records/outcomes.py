"""What an experiment of the laboratory gives on one side."""

from collections.abc import Mapping
from dataclasses import dataclass

from parity.records.comparison import Array


@dataclass(frozen=True)
class Raised:
    """An exception is an outcome: a port that breaks off is wrong in the kindest way."""

    kind: str  # "ValueError"
    text: str  # its first line


Values = Array | Mapping[str, Array]
Outcome = Values | Raised
