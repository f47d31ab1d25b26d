"""See where a pass in low precision becomes one in float32 without a word, or loses its numbers.

torch promotes: a bfloat16 tensor times a float32 one, as a table that is no buffer, is float32, and
so is all that follows. What the port's own code casts up, or back again, is its wish.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from parity.records.low_pass import LowPass, Promotion
from parity.sides.program import MODEL_INPUT, Ref
from parity.sides.recorded_call import Own
from parity.sides.tape import CASTS, Tape

LOW = (torch.bfloat16, torch.float16)
CASTING = {*CASTS, "type_as", "double", "half", "bfloat16"}


class LowWatch(Tape):
    """Watch a pass: `with LowWatch(model, x, values=False) as watch: model(x)`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._wished: set[int] = set()  # calls that give float32 as the port has cast up to it
        self._from: dict[int, Promotion] = {}  # by call, the promotion that it follows from
        self._lost: list[str] = []  # steps that make what is no number

    def _record(
        self, name: str, kind: str, function: Any, args: Any, kwargs: Any, *rest: Any, **named: Any
    ) -> Any:
        number = len(self.calls)
        leaves = pytree.tree_leaves((args, kwargs))
        taken = [(x, self._stand_in(x)) for x in leaves if isinstance(x, Tensor)]
        output = super()._record(name, kind, function, args, kwargs, *rest, **named)
        if len(self.calls) > number:
            if _are_numbers(x for x, _ in taken) and not _are_numbers(pytree.tree_leaves(output)):
                self._lost.append(self.calls[number].step.name)
            is_given = any(isinstance(x, torch.dtype) for x in leaves)
            self._follow(number, taken, is_given, pytree.tree_leaves(output))
        return output

    def _follow(
        self, number: int, taken: list[tuple[Tensor, Any]], is_given: bool, leaves: list[Any]
    ) -> None:
        """taken: tensors, with what they are in the pass; is_given: is a float type among the
        arguments? leaves: what the call gave."""
        step, kinds = self.calls[number].step, {x.dtype for x in leaves if isinstance(x, Tensor)}
        is_low = any(x.dtype in LOW and isinstance(own, Ref | Own) for x, own in taken)
        if is_given or (step.kind in CASTING and kinds != {x.dtype for x, _ in taken}):
            self._wished.update([number] if is_low and torch.float32 in kinds else [])
            return
        if torch.float32 not in kinds:
            return
        calls = {own.call for _, own in taken if isinstance(own, Ref)}
        before = [self._from[call] for call in sorted(calls) if call in self._from]
        if before:
            self._from[number] = before[0]
        elif calls & self._wished:
            self._wished.add(number)
        elif is_low and any(x.dtype == torch.float32 and x.ndim for x, _ in taken):
            self._from[number] = Promotion(step.name, step.where)

    def found(self, output: Any = None) -> LowPass:
        """output: what the pass returned; None where it broke off."""
        ends = {ref.call for ref in self.refs(output)} if output is not None else set()
        last = {len(self.calls) - 1} if output is None else ends - {MODEL_INPUT}
        held = [self._from[call] for call in sorted(last) if call in self._from]
        return LowPass(bool(self._wished), tuple(dict.fromkeys(held)), tuple(self._lost))


def _are_numbers(leaves: Iterable[Any]) -> bool:
    with torch._C.DisableTorchFunction():
        return all(bool(x.isfinite().all()) for x in leaves if isinstance(x, Tensor))
