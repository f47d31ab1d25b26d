"""A weight that a layer of a person's own uses through a function, and the port as it is: the size
of a width, a kernel that is standardised before each convolution."""

from collections.abc import Iterator
from itertools import product

from parity.diagnose import layers, writing
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.mapping.own_layers import is_known
from parity.records.comparison import Step
from parity.records.interventions import Change

CAUSE = "weight-function"
# Those that lose the sign. What an exponential gives, a right port may hold in the weight's place.
FUNCTIONS = {"abs": "{}.abs()", "square": "{}.square()", "relu": "F.relu({})"}
EPSILONS = (0.0, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3)


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    for name, change in _used(case):
        for function, line in FUNCTIONS.items():
            says = f"Keras applies {function} to {name}, the port does not"
            yield _remade(says, line.format(writing.attribute(name)), change, function)


def normalised(case: Case) -> Iterator[Hypothesis]:
    """A kernel, along all of its axes but that of what it gives. A module of a person's own class
    may do just that, in another way."""
    own = {v.name for step in case.torch if layers.of_own_class(step) for v in step.variables}
    ranks = {v.name: len(v.shape) for step in case.torch for v in step.variables}
    for name, change in _used(case):
        if name in own:
            continue
        rank, w = ranks.get(name, 0), writing.attribute(name)
        for kept in (0, rank - 1) if rank > 1 else ():
            dims = tuple(axis for axis in range(rank) if axis != kept)
            says = f"{name} is divided by its length along {dims} in Keras, and not in the port"
            fix = f"{w} / {w}.norm(dim={dims}, keepdim=True)"
            yield _remade(says, fix, change, "of_length_one", dims=dims)
            says = f"{name} is shifted to a mean of 0 along {dims} in Keras, and not in the port"
            fix = f"{w} - {w}.mean({dims}, keepdim=True)"
            yield _remade(says, fix, change, "centred", dims=dims)
            says = f"{name} is standardised along {dims} in Keras, and not in the port"
            for epsilon, is_inside in product(EPSILONS, (True, False)):
                value = {"dims": dims, "epsilon": epsilon, "is_inside": is_inside}
                root = f"w.var({dims}, correction=0, keepdim=True)"
                root = (
                    f"({root} + {epsilon}).sqrt()" if is_inside else f"({root}.sqrt() + {epsilon})"
                )
                fix = f"w = {w}; w = (w - w.mean({dims}, keepdim=True)) / {root}"
                yield _remade(says, fix, change, "standardised", **value)


def _used(case: Case) -> list[tuple[str, Change]]:
    """What the steps are given of the port's weights, and what would change it."""
    is_own = any(step.base or not is_known(step) for step in case.keras)
    return [found for step in case.torch for found in _weights(step)] if is_own else []


def _weights(step: Step) -> Iterator[tuple[str, Change]]:
    for variable in step.variables:
        if variable.kind == "weight" and variable.trainable:
            yield variable.name, Change(step.name, "weight", "", role=variable.role)
    if step.given and not step.inputs and not step.variables:
        yield step.given[0], Change(step.name, "input", "")


def _remade(says: str, fix: str, change: Change, function: str, **value: object) -> Hypothesis:
    made = Change(change.step, change.what, function, value or None, change.role)
    return Hypothesis(CAUSE, says, f"{fix}  # in place of the weight", (made,))
