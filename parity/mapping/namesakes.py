"""Layers that were matched crosswise with each other's namesakes: names win over order.

A port may compute two branches of equal shape in another order than Keras, and give them out so; or
apply two layers in the other order. If its modules bear the names of Keras's layers, each is meant
to be its namesake, whatever makes both models agree.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from parity.records.comparison import LedgerLine, Variable

MAPPED = "mapped by hand"
CELL = re.compile(r"_cell(_\d+)?$")
# What is compared of a name: a weight's own, the layer's, that of the block and the layer.
DEPTHS = (0, 1, 2)

Group = list[LedgerLine]


def are_crossed(lines: Sequence[LedgerLine]) -> bool:
    """Has a layer, or a weight of its own, the place of another whose namesake the port has?"""
    return uncrossed(lines) != tuple(lines)


def uncrossed(lines: Sequence[LedgerLine]) -> tuple[LedgerLine, ...]:
    """The lines, with the torch tensors of layers exchanged that hold each other's namesakes, two
    or more of them in a ring. What a person has mapped stays."""
    for depth in DEPTHS:
        lines = _uncrossed(lines, depth)
    return tuple(lines)


def exchanges(lines: Sequence[LedgerLine]) -> Iterator[tuple[LedgerLine, ...]]:
    """The lines with the torch tensors of two layers exchanged that are called alike on both sides
    and hold the same shapes: each two, in all blocks at once."""
    for (ours, mine), (theirs, its) in combinations(_groups(lines, 1).items(), 2):
        is_named = ours[0] == ours[1] and theirs[0] == theirs[1] and all(ours) and all(theirs)
        if is_named and not any(map(_stays, (*mine, *its))):
            one, other = _exchanged(mine, its, 1), _exchanged(its, mine, 1)
            if one and other:
                yield tuple((one | other).get(id(line), line) for line in lines)


def _groups(lines: Sequence[LedgerLine], depth: int) -> dict[tuple[str, str], Group]:
    groups: dict[tuple[str, str], Group] = {}
    for line in lines:
        called = _called(line.keras.name, "/", depth), _called(line.torch.name, ".", depth)
        groups.setdefault(called, []).append(line)
    return groups


def _uncrossed(lines: Sequence[LedgerLine], depth: int) -> Sequence[LedgerLine]:
    groups = _groups(lines, depth)
    goes = [pair for pair in groups if all(pair) and not any(map(_stays, groups[pair]))]
    ours, theirs = [pair[0] for pair in goes], [pair[1] for pair in goes]
    crossed = {a: b for a, b in goes if a != b and ours.count(a) == theirs.count(b) == 1}
    found: dict[int, LedgerLine] = {}
    for ring in _rings(crossed):
        moved = [
            _exchanged(groups[one, crossed[one]], groups[before, one], depth)
            for before, one in zip([ring[-1], *ring], ring, strict=False)
        ]
        if all(moved):
            found |= {number: line for each in moved for number, line in each.items()}
    return [found.get(id(line), line) for line in lines]


def _stays(line: LedgerLine) -> bool:
    is_part = any(x is not None for x in (line.keras_at, line.torch_part, line.keras_part))
    return line.by == MAPPED or is_part


def _rings(crossed: Mapping[str, str]) -> Iterator[list[str]]:
    """Names each of which stands in the place of the next, and the last in that of the first."""
    seen: set[str] = set()
    for first in crossed:
        ring, name = [], first
        while name in crossed and name not in seen:
            seen.add(name)
            ring.append(name)
            name = crossed[name]
        if ring and name == first:
            yield ring


def _exchanged(lines: Group, others: Group, depth: int) -> dict[int, LedgerLine]:
    """Each line with the tensor of the other layer that has its role and shape, if all have one;
    of several blocks, in their order."""

    def place(variable: Variable) -> tuple[str, tuple[int, ...]]:
        return variable.role if depth else "", variable.shape

    theirs: dict[tuple[str, tuple[int, ...]], list[Variable]] = {}
    for line in others:
        theirs.setdefault(place(line.torch), []).append(line.torch)
    found = {}
    for line in lines:
        fitting = theirs.get(place(line.torch))
        if not fitting:
            return {}
        found[id(line)] = replace(line, torch=fitting.pop(0))
    return found if len(lines) == len(others) else {}


def _called(name: str, mark: str, depth: int) -> str:
    """A layer of a list is called as the list, and by its number; a cell as its layer."""
    *owner, role = name.split(mark)
    if len(owner) > 1 and CELL.search(owner[-1]):
        owner.pop()
    if not depth:
        return role
    if owner and owner[-1].isdecimal() and len(owner) > 1:
        owner = [*owner[:-2], owner[-2] + owner[-1]]
    return "/".join(owner[-depth:]).replace("_", "") if len(owner) >= depth else ""
