"""A recorded torch pass in which some calls are done otherwise."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.utils import _pytree as pytree

from parity.records.comparison import Dtype
from parity.records.interventions import Change
from parity.sides import interventions, taken
from parity.sides.program import Names, Ref
from parity.sides.recorded_call import Call
from parity.sides.tape import Tape


class Changed:
    """A tape under changes; a Program."""

    def __init__(self, tape: Tape, changes: Sequence[Change]) -> None:
        self._tape = tape
        self._names = names = Names(tape.calls)
        # A pass that broke off has not got all that they take.
        known = {"", *(call.step.name for call in tape.calls)}
        self.changes = tuple(x for x in changes if _owners(taken.names(x)) <= known)
        self._steps = {change.step for change in changes if change.what not in ("source", "result")}
        self._further = {
            change.step: [names.ref(name) for name in taken.names(change)]
            for change in self.changes
            if taken.names(change)
        }
        self._sources = {
            (names.number(change.step), names.ref(change.value)): names.ref(change.name)
            for change in changes
            if change.what == "source"
            and _owners([change.step, change.value, change.name]) <= known
        }

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
        own = (self._source(number, ref) for ref in self._tape.takes(number))
        return (*own, *self._further.get(self.calls[number].step.name, ()))

    @torch.no_grad()
    def execute(self, number: int, values: Callable[[Ref], Any], dtype: Dtype) -> list[Any]:
        call = self.calls[number]
        given, values = values, lambda ref: given(self._source(number, ref))
        if call.step.name not in self._steps:
            return self._tape.execute(number, values, dtype)
        function, args, kwargs = self._tape.resolved(call, values, dtype)
        own = [change for change in self.changes if change.step == call.step.name]
        filled = taken.filled(own, lambda name: given(self._names.ref(name)))
        output = interventions.apply(filled, call, function, args, kwargs)
        leaves: list[Any] = pytree.tree_leaves(output)
        return leaves

    def _source(self, number: int, ref: Ref) -> Ref:
        return self._sources.get((number, ref), ref)


def _owners(names: Sequence[str]) -> set[str]:
    return {str(name).partition(":")[0] for name in names}
