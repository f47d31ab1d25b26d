"""Several tensors made one, as Keras's merging layers do."""

from collections.abc import Callable, Sequence
from functools import reduce

import torch
from torch import Tensor

MERGES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "add": torch.add,
    "average": torch.add,
    "subtract": torch.sub,
    "multiply": torch.mul,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "divide": torch.div,
}


def merge(inputs: Sequence[Tensor], kind: str) -> Tensor:
    """Element by element."""
    joined = reduce(MERGES[kind], inputs)
    return joined / len(inputs) if kind == "average" else joined


def merged(x: Tensor, kind: str, values: Sequence[Tensor | None], axis: int = 1) -> Tensor:
    """`x`, which stands where None does, and others of the pass; joined along the axis in a
    concatenation."""
    inputs = [x if value is None else value for value in values]
    return torch.cat(inputs, axis) if kind == "concatenate" else merge(inputs, kind)
