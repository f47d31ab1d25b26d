"""Tensors that share memory: what works in place on one of them changes the others.

A recorded value is never changed; so what an in-place call did to another name of the same memory
is written down as a step of its own, which puts the new values where they lie in the old ones.
"""

import weakref
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from parity.sides.torch_copies import memory


@dataclass(frozen=True)
class Place:
    """Where a tensor lies in its memory, in elements."""

    shape: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int

    @property
    def end(self) -> int:
        reach = sum((n - 1) * s for n, s in zip(self.shape, self.stride, strict=True))
        return self.offset + reach + 1 if 0 not in self.shape else self.offset


class Aliases:
    """The living tensors that a pass has seen, by the memory that they lie in."""

    def __init__(self) -> None:
        self._seen: dict[int, list[weakref.ref[Tensor]]] = {}

    def add(self, tensor: Tensor) -> None:
        others = self._seen.setdefault(memory(tensor), [])
        if all(ref() is not tensor for ref in others):
            others.append(weakref.ref(tensor))

    def of(self, tensor: Tensor) -> Iterator[Tensor]:
        """The other tensors any element of which this one holds, too."""
        for ref in self._seen.get(memory(tensor), ()):
            other = ref()
            if other is None or other is tensor or other.dtype != tensor.dtype:
                continue
            if memory(other) == memory(tensor) and _meet(place(other), place(tensor)):
                yield other


def place(tensor: Tensor) -> Place:
    return Place(tuple(tensor.shape), tensor.stride(), int(tensor.storage_offset()))


def written(old: Tensor, new: Tensor, old_place: Place, new_place: Place) -> Tensor:
    """`old`, with the elements of `new` where both lie in the same memory.

    Raises ValueError where the two are of other sizes than in the recorded pass.
    """
    if tuple(old.shape) != old_place.shape or tuple(new.shape) != new_place.shape:
        raise ValueError("a view's sizes are those of the recorded pass")
    memory = old.new_zeros(max(old_place.end, new_place.end))
    seen = _seen_in(memory, old_place)
    seen.copy_(old)
    _seen_in(memory, new_place).copy_(new)
    return seen.clone()


def _meet(one: Place, other: Place) -> bool:
    """Do two tensors share an element?"""
    memory = torch.zeros(max(one.end, other.end), dtype=torch.bool)
    _seen_in(memory, one).fill_(True)
    return bool(_seen_in(memory, other).any())


def _seen_in(memory: Tensor, where: Place) -> Tensor:
    return memory.as_strided(where.shape, where.stride, where.offset)
