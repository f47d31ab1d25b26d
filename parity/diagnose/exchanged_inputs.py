"""A layer of a person's own of which the port takes one input for another: a mean for a variance;
or which joins two values in the other order."""

from collections.abc import Iterator
from itertools import combinations

from parity.diagnose import reading
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.diagnose.shapes import JOINS
from parity.mapping.flow import outside
from parity.mapping.own_layers import is_known
from parity.records.comparison import Step
from parity.records.interventions import Change

MOST = 4  # inputs


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    taken = list(dict.fromkeys(outside(case.torch)))
    if all(map(is_known, case.keras)) or len(taken) > MOST:
        return
    for one, other in combinations(taken, 2):
        says = f"what takes {one} in the port takes {other} in Keras, and the other way round"
        yield _exchanged(case.torch, one, other, says)
    for step in reading.of(case, JOINS):
        if len({*step.inputs}) == 2 == len(step.inputs):
            one, other = step.inputs
            says = f"{step.name} joins {one} and {other}, Keras in the other order"
            yield _exchanged((step,), one, other, says)


def _exchanged(steps: tuple[Step, ...], one: str, other: str, says: str) -> Hypothesis:
    turned = {one: other, other: one}
    changes = tuple(
        Change(step.name, "source", turned[name], name)
        for step in steps
        for name in dict.fromkeys(step.inputs)
        if name in turned
    )
    return Hypothesis("merge-order", says, f"a, b = b, a  # of {one} and {other}", changes)
