"""What attention is given as query, key and value."""

from collections.abc import Iterator
from itertools import combinations

from parity.diagnose import reading
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.records.comparison import Step
from parity.records.interventions import Change


def order(step: Step) -> Iterator[Hypothesis]:
    """Keras's call takes query, value, key; torch's query, key, value."""
    for first, second in (("key", "value"), ("query", "key"), ("query", "value")):
        yield Hypothesis(
            "mha-order",
            f"{first} and {second} change places: Keras's call takes (query, value, key)",
            f"{first}, {second} = {second}, {first}",
            (Change(step.name, "call", "exchange", {"first": first, "second": second}),),
        )
    taken = list(dict.fromkeys(step.inputs[:3]))
    if len(taken) == 2:
        query, memory = taken
        yield Hypothesis(
            "mha-order",
            "query changes places with key and value: Keras's attends to what attends in the port",
            "query, key, value = key, query, query",
            (
                Change(step.name, "source", query, memory),
                Change(step.name, "source", memory, query),
            ),
        )


def order_written_out(case: Case) -> Iterator[Hypothesis]:
    """Two of the projections to query, key and value, in a port's own attention."""
    if reading.of(case, ("MultiheadAttention",)):
        return
    projections = [s for s in reading.of(case, reading.LINEAR) if s.variables][:3]
    for one, other in combinations(projections, 2):
        if one.shape == other.shape:
            yield Hypothesis(
                "mha-order",
                f"{one.name} and {other.name} change places: one stands for key, one for value",
                f"{one.name}, {other.name} = {other.name}, {one.name}",
                tuple(
                    Change(step.name, "source", new.name, old.name)
                    for old, new in ((one, other), (other, one))
                    for step in case.torch
                    if old.name in step.inputs
                ),
            )
