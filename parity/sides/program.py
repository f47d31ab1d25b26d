"""A forward pass as a straight line of calls, on either side, and passes that run along it.

A call takes values by reference and gives leaves; a reference names the call that made a value, or
the model's input. No framework here: both sides' programs are run by the same code.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Any, Protocol

from parity.records.comparison import Dtype, Step

MODEL_INPUT = -1


@dataclass(frozen=True)
class Ref:
    """Stands in recorded arguments for leaf `leaf` of what call number `call` gave."""

    call: int
    leaf: int = 0


class Call(Protocol):
    @property
    def step(self) -> Step: ...


class Program(Protocol):
    """What a pass needs of a side's recorded model."""

    @property
    def calls(self) -> Sequence[Call]: ...

    def takes(self, number: int) -> tuple[Ref, ...]:
        """What call `number` takes, in the order of its arguments."""

    def execute(self, number: int, values: Callable[[Ref], Any], dtype: Dtype) -> list[Any]:
        """Run one call in a dtype; the leaves of what it gives."""


def name_of(ref: Ref, calls: Sequence[Call]) -> str:
    """A value's name: "conv1"; "lstm:1", a second leaf; "", the model's input; ":1", its second."""
    owner = "" if ref.call == MODEL_INPUT else calls[ref.call].step.name
    return f"{owner}:{ref.leaf}" if ref.leaf else owner


class Names:
    """The calls and values of a program by name."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self._numbers = {call.step.name: number for number, call in enumerate(calls)}

    def number(self, step: str) -> int:
        return self._numbers[step]

    def ref(self, name: str) -> Ref:
        owner, _, leaf = name.partition(":")
        return Ref(self._numbers[owner] if owner else MODEL_INPUT, int(leaf or 0))


class Pass:
    """A pass in one dtype that goes on call by call, and lets go what nobody will ask for.

    kept: the values that are read from outside, by `read`; each is held until it is read.
    """

    def __init__(
        self, program: Program, inputs: Sequence[Any], dtype: Dtype, kept: Counter[Ref]
    ) -> None:
        self._program = program
        self._dtype = dtype
        self._done = 0
        self._values = {Ref(MODEL_INPUT, leaf): value for leaf, value in enumerate(inputs)}
        self._wanted = Counter(kept)
        for number in range(len(program.calls)):
            self._wanted.update(program.takes(number))

    def reach(self, number: int) -> None:
        """Run all calls up to this one."""
        while self._done <= number:
            leaves = self._program.execute(self._done, self._values.__getitem__, self._dtype)
            for leaf, value in enumerate(leaves):
                if self._wanted[Ref(self._done, leaf)]:
                    self._values[Ref(self._done, leaf)] = value
            for ref in self._program.takes(self._done):
                self._release(ref)
            self._done += 1

    def read(self, ref: Ref) -> Any:
        """A kept value, which is let go after as many reads as were announced."""
        value = self._values[ref]
        self._release(ref)
        return value

    def _release(self, ref: Ref) -> None:
        self._wanted[ref] -= 1
        if self._wanted[ref] <= 0:
            self._values.pop(ref, None)


def run(
    program: Program, numbers: Sequence[int], feeds: dict[Ref, Any], result: Ref, dtype: Dtype
) -> Any:
    """Run some calls alone, on values given for what they take from elsewhere."""
    values = dict(feeds)
    for number in _in_order(program, numbers):
        leaves = program.execute(number, values.__getitem__, dtype)
        values.update({Ref(number, leaf): value for leaf, value in enumerate(leaves)})
    return values[result]


def _in_order(program: Program, numbers: Sequence[int]) -> list[int]:
    """As they were recorded, but that a call which was given another source follows it."""
    inside = set(numbers)
    lacking = {n: {ref.call for ref in program.takes(n)} & inside for n in inside}
    takers: dict[int, list[int]] = {}
    for number, sources in lacking.items():
        for source in sources:
            takers.setdefault(source, []).append(number)
    ready = [number for number, sources in lacking.items() if not sources]
    heapify(ready)  # the first recorded of those that can run comes first
    order: list[int] = []
    while ready:
        order.append(heappop(ready))
        for taker in takers.get(order[-1], ()):
            lacking[taker].remove(order[-1])
            if not lacking[taker]:
                heappush(ready, taker)
    return order + sorted(inside.difference(order))  # a circle fails where it is executed
