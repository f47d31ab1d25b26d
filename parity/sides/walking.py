"""Walk along a recorded model on either side: both float types at once, and parts of it alone.

NumPy arrays go in and come out, in the side's own layout. Values are named as in program.py.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from parity.errors import ModelError
from parity.records.comparison import Array, Dtype
from parity.records.interventions import Change
from parity.sides.program import Names, Pass, Program, Ref, run

DTYPES: tuple[Dtype, ...] = ("float32", "float64")
TRAINING = " in training"


def in_training(key: str) -> str:
    """What the walk of the model `key` in training mode is called."""
    return f"{key}{TRAINING}"


def of_walk(name: str) -> str:
    """The key of the model that a walk is of."""
    return name.removesuffix(TRAINING)


@dataclass
class Walk:
    """A recorded model, the inputs that it was recorded with, and its passes so far."""

    program: Program
    inputs: list[Array]
    names: Names
    passes: dict[Dtype, Pass] = field(default_factory=dict)


class Walking(ABC):
    """The verbs of a walk. A side says how arrays become its tensors, and back."""

    _walks: dict[str, Walk]

    def _enter(self, key: str, program: Program, inputs: list[Array]) -> None:
        self._walks[key] = Walk(program, inputs, Names(program.calls))

    def begin(self, key: str, kept: Sequence[str]) -> None:
        """Start a pass in each dtype. `kept`: the values that `reach` will ask for, each as often
        as it will; nothing else is kept longer than the pass itself needs it."""
        walk = self._walks[key]
        wanted = Counter(walk.names.ref(name) for name in kept)
        walk.passes = {
            dtype: Pass(
                walk.program,
                [self._tensor_in(array, dtype) for array in walk.inputs],
                dtype,
                wanted,
            )
            for dtype in DTYPES
        }

    def reach(self, key: str, names: Sequence[str]) -> list[dict[Dtype, Array]]:
        """These values in both dtypes; the passes go as far as they must."""
        walk = self._walks[key]
        refs = [walk.names.ref(name) for name in names]
        found: list[dict[Dtype, Array]] = [{} for _ in refs]
        for dtype, going in walk.passes.items():
            going.reach(max((ref.call for ref in refs), default=-1))
            for place, ref in enumerate(refs):
                found[place][dtype] = self._array_of(going.read(ref))
        return found

    def alone(
        self,
        key: str,
        steps: Sequence[str],
        feeds: Mapping[str, Array],
        result: str,
        dtype: Dtype,
        changes: Sequence[Change] = (),
    ) -> Array:
        """Run these steps on values given for what they take from elsewhere; the value `result`."""
        walk = self._walks[key]
        given: dict[Ref, Any] = {
            walk.names.ref(name): self._tensor_in(array, dtype) for name, array in feeds.items()
        }
        numbers = sorted(walk.names.number(step) for step in steps)
        program = self._changed(walk.program, changes) if changes else walk.program
        return self._array_of(run(program, numbers, given, walk.names.ref(result), dtype))

    def exercise(
        self,
        key: str,
        steps: Sequence[str],
        feeds: Mapping[str, Array],
        result: str,
        dtype: Dtype,
        seed: int = 0,
        changes: Sequence[Change] = (),
    ) -> tuple[Array, dict[str, Array]]:
        """As `alone`, in a pass that was presented in training mode, with the draws of this seed:
        the result, and the statistics that it moved, by name. The model's own stay."""
        program: Any = self._walks[key].program
        program.seed, program.moved = seed, {}
        found = self.alone(key, steps, feeds, result, dtype, changes)
        return found, {name: self._array_of(value) for name, value in program.moved.items()}

    def _forget(self, key: str) -> None:
        """Forget the walk, and that in training mode."""
        self._walks.pop(key, None)
        self._walks.pop(in_training(key), None)

    @abstractmethod
    def _tensor_in(self, array: Array, dtype: Dtype) -> Any:
        """The side's own tensor; floats in this dtype."""

    @abstractmethod
    def _array_of(self, value: Any) -> Array:
        """A tensor's values, in an array of their own."""

    def _changed(self, program: Program, changes: Sequence[Change]) -> Program:
        """The program under changes. Raises ModelError on Keras's side, which is never changed."""
        raise ModelError("a diagnosis changes the port's steps alone")
