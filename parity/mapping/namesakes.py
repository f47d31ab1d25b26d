"""Layers that were matched crosswise with each other's namesakes: names win over order.

A port may compute two branches of equal shape in another order than Keras, and give them out so. If
its modules bear the names of Keras's layers, each is meant to be its namesake.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from parity.records.comparison import LedgerLine, Variable

Group = list[LedgerLine]


def uncrossed(lines: Sequence[LedgerLine]) -> tuple[LedgerLine, ...]:
    """The lines, with the torch tensors of layers exchanged that each hold the other's namesake."""
    groups: dict[tuple[str, str], Group] = {}
    for line in lines:
        names = _owner(line.keras.name, "/"), _owner(line.torch.name, ".")
        groups.setdefault(names, []).append(line)
    crossed = [names for names in groups if names[0] != names[1]]
    found: dict[int, LedgerLine] = {}
    for one, other in combinations(crossed, 2):
        is_by_hand = any(line.by for line in (*groups[one], *groups[other]))
        if one == other[::-1] and not is_by_hand:
            for mine, its in ((groups[one], groups[other]), (groups[other], groups[one])):
                found |= _exchanged(mine, its)
    return tuple(found.get(id(line), line) for line in lines)


def _exchanged(lines: Group, others: Group) -> dict[int, LedgerLine]:
    """Each line with the tensor of the other layer that has its role and shape, if all have one."""
    theirs: dict[tuple[str, tuple[int, ...]], Variable] = {
        (line.torch.role, line.torch.shape): line.torch for line in others
    }
    places = [theirs.get((line.torch.role, line.torch.shape)) for line in lines]
    if len(lines) != len(others):
        return {}
    return {
        id(line): replace(line, torch=place)
        for line, place in zip(lines, places, strict=True)
        if place is not None and None not in places
    }


def _owner(name: str, mark: str) -> str:
    """The last name of the layer that a variable belongs to."""
    return name.split(mark)[-2] if mark in name else ""
