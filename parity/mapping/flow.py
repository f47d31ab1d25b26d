"""The steps of a pass as a graph: which others each takes from, and which take from it."""

from collections.abc import Sequence

from parity.records.comparison import Step


class Flow:
    """Neighbours are looked up, not searched for: a pass may have thousands of steps."""

    def __init__(self, steps: tuple[Step, ...]) -> None:
        """steps: in order of execution, so that each stands behind what it takes."""
        self.steps = steps
        self._producers: dict[str, set[str]] = {}
        self._consumers: dict[str, list[Step]] = {}
        for step in steps:
            producers = {name.partition(":")[0] for name in step.inputs}
            self._producers[step.name] = producers
            for name in producers:
                self._consumers.setdefault(name, []).append(step)

    def producers(self, step: Step) -> set[str]:
        """The names of the steps that one takes from; "" is the model's input."""
        return self._producers[step.name]

    def consumers(self, step: Step) -> list[Step]:
        """The steps that take from one, in order, each once."""
        return self._consumers.get(step.name, [])

    def living(self, results: set[str]) -> set[str]:
        """The names of the steps that these results depend on, themselves included."""
        found = set(results)
        for step in reversed(self.steps):
            if step.name in found:
                found |= self.producers(step)
        return found


def outside(steps: tuple[Step, ...]) -> list[str]:
    """What some steps take from elsewhere, in order, each once."""
    inside = {step.name for step in steps}
    names = (name for step in steps for name in step.inputs)
    return list(dict.fromkeys(name for name in names if name.partition(":")[0] not in inside))


def told(name: str, inputs: Sequence[str] = ()) -> str:
    """A value as people call it. inputs: the names of the model's, in order."""
    owner, _, leaf = name.partition(":")
    if owner:
        return name
    return f"the input {inputs[int(leaf or 0)]}" if len(inputs) > 1 else "the input"
