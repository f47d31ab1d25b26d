"""A recorded torch pass in which some calls are done otherwise."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.utils import _pytree as pytree

from parity.records.comparison import Dtype
from parity.records.interventions import Change
from parity.sides import interventions
from parity.sides.program import Names, Ref
from parity.sides.recorded_call import Call
from parity.sides.tape import Tape


class Changed:
    """A tape under changes; a Program."""

    def __init__(self, tape: Tape, changes: Sequence[Change]) -> None:
        self._tape = tape
        self.changes = tuple(changes)
        self._steps = {change.step for change in changes if change.what not in ("source", "result")}
        names, known = Names(tape.calls), {"", *(call.step.name for call in tape.calls)}
        self._sources = {
            (names.number(change.step), names.ref(change.value)): names.ref(change.name)
            for change in changes
            if change.what == "source" and _owners(change) <= known
        }  # a pass that broke off has not got them all

    @property
    def calls(self) -> Sequence[Call]:
        return self._tape.calls

    @property
    def results(self) -> tuple[Ref, ...]:
        return self._tape.results

    def under(self, changes: Sequence[Change]) -> "Changed":
        """The same pass under further changes."""
        return Changed(self._tape, (*self.changes, *changes))

    def takes(self, number: int) -> tuple[Ref, ...]:
        return tuple(self._source(number, ref) for ref in self._tape.takes(number))

    @torch.no_grad()
    def execute(self, number: int, values: Callable[[Ref], Any], dtype: Dtype) -> list[Any]:
        call = self.calls[number]
        taken, values = values, lambda ref: taken(self._source(number, ref))
        if call.step.name not in self._steps:
            return self._tape.execute(number, values, dtype)
        function, args, kwargs = self._tape.resolved(call, values, dtype)
        output = interventions.apply(self.changes, call, function, args, kwargs)
        leaves: list[Any] = pytree.tree_leaves(output)
        return leaves

    def _source(self, number: int, ref: Ref) -> Ref:
        return self._sources.get((number, ref), ref)


def _owners(change: Change) -> set[str]:
    return {str(name).partition(":")[0] for name in (change.step, change.value, change.name)}
