"""Blocks of a pass: steps that take one value and give one of the same shape, so that the pass
could go without them, as a model of two such blocks goes without the third."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod

from parity.mapping.flow import Flow
from parity.mapping.stacks import RECURRENT
from parity.records.comparison import Step, Trace, Variable


@dataclass(frozen=True)
class Block:
    """steps: in their order; entry: the step that gives what they take; the last gives the rest."""

    steps: tuple[Step, ...]
    entry: Step

    @property
    def exit(self) -> Step:
        return self.steps[-1]

    def left_out(self, trace: Trace) -> Trace:
        """The pass without them: what takes what the last gives takes what the first is given."""
        inside = {step.name for step in self.steps}
        own = {v.name for step in self.steps for v in step.variables}

        def name(value: str) -> str:
            return self.entry.name if value == self.exit.name else value

        steps = [self._as_last(step) for step in trace.steps if step.name not in inside]
        return replace(
            trace,
            steps=tuple(replace(s, inputs=tuple(map(name, s.inputs))) for s in steps),
            variables=tuple(v for v in trace.variables if v.name not in own),
            results=tuple(map(name, trace.results)),
        )

    def _as_last(self, step: Step) -> Step:
        """A recurrent layer that gives its last step alone where the one behind it would."""
        if step.name != self.entry.name or self.entry.shape == self.exit.shape:
            return step
        settings = step.settings | {"return_sequences": False}
        return replace(step, shape=self.exit.shape, settings=settings)


@dataclass(frozen=True)
class LastLayers(Block):
    """Those of a stack of torch's behind the first `kept`."""

    kept: int = 0

    def left_out(self, trace: Trace) -> Trace:
        """The pass with the first of them alone."""
        own = {v.name for step in self.steps for v in step.variables}
        less = replace(
            self.entry,
            settings=self.entry.settings | {"num_layers": self.kept},
            variables=tuple(v for v in self.entry.variables if v.name not in own),
        )
        return replace(
            trace,
            steps=tuple(less if step.name == less.name else step for step in trace.steps),
            variables=tuple(v for v in trace.variables if v.name not in own),
        )


def last_layers(trace: Trace, size: int) -> Iterator[LastLayers]:
    """The last layers of each stack of torch's, the weights of which are so many numbers."""
    for step in trace.steps:
        count = step.settings.get("num_layers", 1)
        for kept in range(1, count if isinstance(count, int) else 1):
            behind = re.compile(rf".*_l({'|'.join(map(str, range(kept, count)))})(_reverse)?")
            own = tuple(v for v in step.variables if behind.fullmatch(v.role))
            if sum(prod(v.shape) for v in own) == size:
                yield LastLayers((replace(step, variables=own),), step, kept)


def of_size(trace: Trace, size: int) -> Iterator[Block]:
    """The blocks whose weights are so many numbers, the last ones first, of those the shortest."""
    flow = Flow(trace.steps)
    sums = [0]
    for step in trace.steps:
        sums.append(sums[-1] + sum(prod(v.shape) for v in _weights(step)))
    numbers = range(len(trace.steps))
    for last in reversed(numbers):
        for first in reversed(range(last)):
            ends = trace.steps[first], trace.steps[last]
            if _fit(*ends) and sums[last + 1] - sums[first + 1] >= size:
                steps = _between(trace, flow, first, last)
                if steps and _is_closed(trace, flow, steps) and _size(steps) == size:
                    yield Block(steps, ends[0])


def _fit(entry: Step, last: Step) -> bool:
    """May what takes what the last gives take what is given to the block?"""
    is_last = last.kind in RECURRENT and last.kind == entry.kind
    is_cut = is_last and not last.settings.get("return_sequences")
    return last.shape in (entry.shape, (*entry.shape[:1], *entry.shape[2:]) if is_cut else None)


def _between(trace: Trace, flow: Flow, first: int, last: int) -> tuple[Step, ...]:
    """The steps by which the last comes from the first; none where it comes from others, too."""
    places = {step.name: place for place, step in enumerate(trace.steps)}
    found, waiting = {last}, [last]
    while waiting:
        for name in flow.producers(trace.steps[waiting.pop()]):
            place = places.get(name, -1)
            if place == first or place in found:
                continue
            if place < first:
                return ()
            found.add(place)
            waiting.append(place)
    return tuple(trace.steps[place] for place in sorted(found))


def _is_closed(trace: Trace, flow: Flow, steps: tuple[Step, ...]) -> bool:
    """Does nothing else take what they give on their way, or use their weights?"""
    inside = {step.name for step in steps}
    own = {v.name for step in steps for v in step.variables}
    others = (step for step in trace.steps if step.name not in inside)
    if any(v.name in own for step in others for v in step.variables):
        return False
    taken = {name.partition(":")[0] for name in trace.results}
    on_the_way = steps[:-1]
    return not any(
        step.name in taken or any(x.name not in inside for x in flow.consumers(step))
        for step in on_the_way
    )


def _weights(step: Step) -> list[Variable]:
    return [v for v in step.variables if v.kind == "weight"]


def _size(steps: tuple[Step, ...]) -> int:
    found = {v.name: v for step in steps for v in _weights(step)}
    return sum(prod(v.shape) for v in found.values())
