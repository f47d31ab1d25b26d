"""Align a pass that may return its values in another order, or one of them twice.

Steps are laid out from what is returned. Where heads stand at different depths, a port that returns
them in another order lays its steps out in another order, too, and would be compared crosswise.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations

from parity.mapping.align import NO_KINDS, Mapped, align
from parity.mapping.origins import Kinds
from parity.records.comparison import Alignment, Step, Trace

MOST = 3  # results, whose orders are tried


def aligned(
    keras: Trace, torch: Trace, mapped: Mapped | None = None, inputs: Kinds = NO_KINDS
) -> Alignment:
    """The alignment with the results as they are returned, or in another order, where more of the
    steps take then what Keras's take. inputs: as of `align`."""
    found = align(keras, torch, mapped, inputs)
    best = _rank(found)
    if best == (0, 0):
        return found
    for results in _otherwise(torch):
        other = align(keras, replace(torch, results=results), mapped, inputs)
        rank = _rank(other)
        found, best = (other, rank) if rank < best else (found, best)
    return found


def _rank(found: Alignment) -> tuple[int, int]:
    """How many of Keras's steps are left, and how many take another's value in the port."""
    numbered = [*enumerate(found.matches)]
    ours = {step.name: n for n, match in numbered for step in match.keras_steps}
    theirs = {step.name: n for n, match in numbered for step in match.torch}
    crosswise = (
        _sources(match.keras_steps, ours) != _sources(match.torch, theirs)
        for match in found.matches
    )
    return len(found.keras_left), sum(crosswise)


def _sources(steps: tuple[Step, ...], owners: dict[str, int]) -> set[int | None]:
    """The matches that give what these steps take from elsewhere; None for one that is none."""
    inside = {step.name for step in steps}
    taken = {name.partition(":")[0] for step in steps for name in step.inputs}
    return {owners.get(name) for name in taken - inside}


def _otherwise(torch: Trace) -> Iterator[tuple[str, ...]]:
    """Other results of as many values: in another order, those that nothing takes in the place of
    one that is returned twice."""
    if not 1 < len(torch.results) <= MOST:
        return
    taken = {name.partition(":")[0] for step in torch.steps for name in step.inputs}
    idle = [step.name for step in torch.steps if step.name not in {*taken, *torch.results}]
    once = [*dict.fromkeys(torch.results)]
    meant = (*once, *idle[: len(torch.results) - len(once)])
    if len(meant) == len(torch.results):
        yield from (each for each in permutations(meant) if each != torch.results)
