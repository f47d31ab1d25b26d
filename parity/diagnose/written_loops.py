"""A recurrent layer that the port writes out: what each step of its loop does otherwise."""

from collections.abc import Iterator, Sequence

from parity.diagnose.activation_of import Activation, of_step
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.records.comparison import Step
from parity.records.interventions import Change

GATES = ("sigmoid", "hard_sigmoid", "tanh", "relu")  # what gates and states go through


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    """At each place of the loop another activation, or a gate that does the opposite."""
    if not any(v.role.endswith("recurrent_kernel") for x in case.keras for v in x.variables):
        return
    for own, steps in _places(case.torch, case.input_shape[1]):
        for wanted in map(Activation, GATES):
            if wanted.name != own.name:
                says = f"{own.name} in the port at {steps[0].name}, {wanted.name} in Keras"
                changes = tuple(Change(step.name, "call", wanted.name) for step in steps)
                fix = f"{wanted.written()}  # in each step"
                yield Hypothesis("rnn-activations", says, fix, changes)
        if own.name in GATES[:2]:
            turned = {"by": -1.0, "add": 1.0}
            says = f"the gate of {steps[0].name} keeps in the port what it lets through in Keras"
            each = tuple(Change(step.name, "output", "scale", turned) for step in steps)
            yield Hypothesis(
                "rnn-gate", says, f"z = 1 - z  # of {steps[0].name}, in each step", each
            )


def _places(steps: Sequence[Step], count: int) -> Iterator[tuple[Activation, Sequence[Step]]]:
    """The activations that are called as often in each of so many steps, each with its calls."""
    kinds: dict[str, list[Step]] = {}
    for step in steps:
        if of_step(step) is not None:
            kinds.setdefault(step.kind, []).append(step)
    for calls in kinds.values():
        each, rest = divmod(len(calls), count)
        own = of_step(calls[0])
        if not rest and own is not None:
            yield from ((own, calls[place::each]) for place in range(each))
