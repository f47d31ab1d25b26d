"""A recorded torch pass in training mode in which nothing moves."""

import copy
from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor, nn
from torch.utils import _pytree as pytree

from parity.records.comparison import Dtype
from parity.records.interventions import Change
from parity.sides import interventions, signatures
from parity.sides.program import Ref
from parity.sides.recorded_call import Call
from parity.sides.tape import Tape
from parity.sides.torch_seeds import drawing

MOVING = ("batch_norm", "instance_norm")  # functions that write to what they are given


class InTraining:
    """A tape that was recorded in training mode, under changes; a Program.

    seed: chooses the draws; moved: the statistics that calls moved, by name. The model's own stay
    as they are.
    """

    def __init__(self, tape: Tape, devices: tuple[int, ...] = ()) -> None:
        self.tape = tape
        self.seed = 0
        self.moved: dict[str, Any] = {}
        self._devices = devices
        self._changes: tuple[Change, ...] = ()

    def under(self, changes: Sequence[Change]) -> "InTraining":
        """The same pass under further changes; it writes to the same `moved`."""
        other = copy.copy(self)
        other._changes = (*self._changes, *changes)
        return other

    @property
    def calls(self) -> Sequence[Call]:
        return self.tape.calls

    def takes(self, number: int) -> tuple[Ref, ...]:
        return self.tape.takes(number)

    def execute(self, number: int, values: Callable[[Ref], Any], dtype: Dtype) -> list[Any]:
        call = self.calls[number]
        is_changed = any(change.step == call.step.name for change in self._changes)
        with drawing((self.seed, number), self._devices):
            if not is_changed and not _writes(call):
                return self.tape.execute(number, values, dtype)
            return self._watched(call, values, dtype)

    def _watched(self, call: Call, values: Callable[[Ref], Any], dtype: Dtype) -> list[Any]:
        function, args, kwargs = self.tape.resolved(call, values, dtype)
        if isinstance(function, nn.Module):
            path = f"{call.step.path}." if call.step.path else ""
            names = {role: path + role for role, _ in function.named_buffers()}
            before = dict(function.named_buffers())
        else:
            names = {v.role: v.name for v in call.step.variables}
            before = signatures.roles(call.step.kind, args, kwargs)
            args, kwargs = pytree.tree_map(_own, (args, kwargs))
        output, rerun = interventions.run(self._changes, call, function, args, kwargs)
        after = rerun.tensors
        for role, name in names.items():
            is_statistic = role in after and before[role].is_floating_point()
            if is_statistic and not before[role].equal(after[role]):
                self.moved[name] = after[role]
        leaves: list[Any] = pytree.tree_leaves(output)
        return leaves


def _writes(call: Call) -> bool:
    """May this call write to a tensor of the model's?"""
    if isinstance(call.function, nn.Module):
        return any(buffer.is_floating_point() for buffer in call.function.buffers())
    return bool(call.step.variables) and (call.in_place or call.step.kind in MOVING)


def _own(leaf: Any) -> Any:
    return leaf.clone() if isinstance(leaf, Tensor) else leaf
