"""A recurrent layer that the port writes out: what each step of its loop does otherwise."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Literal

from parity.diagnose.activation_of import Activation, of_step
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.records.comparison import Step
from parity.records.interventions import Change

GATES = ("sigmoid", "hard_sigmoid", "tanh", "relu")  # what gates and states go through
USUAL = ("tanh", "sigmoid")
OWN = "RNN"  # around a cell of a person's own
PRODUCTS, SUMS = ("mul", "multiply"), ("add",)


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    """At each place of the loop another activation, a gate that does the opposite, or an activation
    where there is none."""
    roles = (v.role for x in case.keras for v in x.variables)
    if any(x.kind == OWN for x in case.keras) or any(r.endswith("recurrent_kernel") for r in roles):
        yield from _otherwise(case)
        yield from _missing(case)


def _otherwise(case: Case) -> Iterator[Hypothesis]:
    for steps in _places(case, (step for step in case.torch if of_step(step) is not None)):
        own = of_step(steps[0])
        assert own is not None
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


def _missing(case: Case) -> Iterator[Hypothesis]:
    """One of two factors, or a sum, that goes through an activation in Keras."""
    for steps in _places(case, (step for step in case.torch if step.kind in PRODUCTS)):
        for role, wanted in product(("other", "input"), USUAL):
            yield _lacking(steps, wanted, f"`{role}` of {steps[0].name}", "input", role)
    for steps in _places(case, (step for step in case.torch if step.kind in SUMS)):
        for wanted in USUAL:
            yield _lacking(steps, wanted, steps[0].name, "output")


def _lacking(
    steps: Sequence[Step], wanted: str, place: str, what: Literal["input", "output"], role: str = ""
) -> Hypothesis:
    return Hypothesis(
        "activation-missing",
        f"{place} goes through {wanted} in Keras, and in the port through no activation",
        f"{Activation(wanted).written()}  # of {place}, in each step",
        tuple(Change(step.name, what, wanted, None, role) for step in steps),
    )


def _places(case: Case, steps: Iterable[Step]) -> Iterator[Sequence[Step]]:
    """Of these steps those that are called as often in each turn of the loop, each place of it with
    its calls."""
    kinds: dict[str, list[Step]] = {}
    for step in steps:
        kinds.setdefault(step.kind, []).append(step)
    for calls in kinds.values():
        each, rest = divmod(len(calls), case.input_shape[1])
        if not rest:
            yield from (calls[place::each] for place in range(each))
