"""Constants of the port's own: buffers, and tensors that are made of nothing on the way."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from parity.diagnose import writing
from parity.records.comparison import Array, Step, Variable
from parity.records.interventions import Change

JOINING = ("add", "sub", "mul", "iadd", "isub", "imul")
CASTS = ("to", "type_as")  # of what is made of nothing to the type of a value of the pass
FEWEST = 4  # numbers, fewer of which are no table


@dataclass(frozen=True)
class Table:
    """Numbers that a step takes or gives: a tensor of the model's own, or one that is made of
    nothing. name: as it is told; line: as the port calls it."""

    step: str
    what: Literal["weight", "input", "output"]
    role: str
    shape: tuple[int, ...]
    name: str
    line: str

    def change(self, numbers: Array) -> Change:
        return self.through("replaced", {"by": numbers})

    def through(self, function: str, settings: dict[str, Any]) -> Change:
        return Change(self.step, self.what, function, settings, self.role)


def of(steps: Iterable[Step], input_shape: tuple[int, ...]) -> Iterator[Table]:
    """input_shape: of what they take, batch included."""
    for step in steps:
        for own in filter(_is_table, step.variables):
            line = writing.attribute(own.name) if own.name else own.role
            yield Table(step.name, "weight", own.role, own.shape, own.name, line)
        is_joined = step.kind in JOINING and step.settings.get("other") is None
        if is_joined and len(step.inputs) == 1 and not step.variables:
            for role in ("other", "input"):  # of which one is a value of the pass
                name = f"{step.name}: {role}"
                yield Table(step.name, "input", role, step.shape[1:], name, role)
        if step.kind in CASTS and step.shape[:1] != input_shape[:1]:
            yield Table(step.name, "output", "", step.shape, step.name, "y")


def _is_table(variable: Variable) -> bool:
    """A constant; not what a normalisation counts, which has its own place in Keras."""
    is_counted = variable.role.startswith("running_")
    return not variable.trainable and not is_counted and math.prod(variable.shape) >= FEWEST
