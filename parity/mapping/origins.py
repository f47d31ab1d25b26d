"""Which of the model's inputs steps depend on, where these tell them apart.

An image and a vector of style are no values of each other's place: a step that works on the one
alone answers none that works on the other alone. Inputs of the same shape may have changed places.
"""

from collections.abc import Mapping, Sequence

from parity.records.comparison import Step

Kinds = Mapping[str, object]  # of each input, by its name on both sides: what it may stand for


def of(steps: Sequence[Step], kinds: Kinds) -> dict[str, frozenset[object]]:
    """The kinds of the inputs that each step depends on. steps: in order of execution."""
    found: dict[str, frozenset[object]] = {}
    for step in steps:
        owners = [found.get(name.partition(":")[0], frozenset()) for name in step.inputs]
        own = frozenset(kinds[name] for name in step.inputs if name in kinds)
        found[step.name] = own.union(*owners)
    return found


def kinds(shapes: Mapping[str, Sequence[int]]) -> Kinds:
    """The kinds of inputs of these shapes, whose axes may stand in another order; none where all
    are of one kind."""
    found = {name: tuple(sorted(shape)) for name, shape in shapes.items()}
    return found if len(set(found.values())) > 1 else {}


def alone(steps: Sequence[Step]) -> set[str]:
    """The steps that depend on none of the model's inputs, as those that prepare weights."""
    fed = {""}
    for step in steps:
        if fed.intersection(name.partition(":")[0] for name in step.inputs):
            fed.add(step.name)
    return {step.name for step in steps} - fed
