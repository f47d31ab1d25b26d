"""A recurrent layer that the port steps through time by a cell: what its loop does otherwise."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from parity.diagnose import recurrent, writing
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.mapping.rules.recurrent import CELLS
from parity.mapping.stacks import JOINING
from parity.records.comparison import Step
from parity.records.interventions import Change


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    calls = [step for step in case.torch if step.kind in CELLS]
    if not calls or len({step.path for step in calls}) > 1:
        return
    config = recurrent.inner(case)
    yield from _own_rule(calls, config)
    yield from _turned(case, calls)
    yield from _joined(case, calls)
    yield from _carried(calls)
    yield from _begun(case, calls)
    yield from _same_weights(calls, config)


def _own_rule(calls: Sequence[Step], config: dict[str, Any]) -> Iterator[Hypothesis]:
    """What torch's cells cannot do: each step is written out."""
    first = calls[0]
    wanted = {n: x for n, x in recurrent.settings(config).items() if n != "go_backwards"}
    changes = tuple(Change(step.name, "call", "recurrent_cell", wanted) for step in calls)
    fix = f"layer = {recurrent.like_keras(first, config)}  # in place of the loop"
    yield from recurrent.own_rule(first, wanted, fix, changes)


def _turned(case: Case, calls: Sequence[Step]) -> Iterator[Hypothesis]:
    """Each step reads what the one as far from the other end does; and the sequence may be turned
    back, too."""
    taken = [step.inputs[0] for step in calls]
    reads = tuple(
        Change(step.name, "source", there, here)
        for step, here, there in zip(calls, taken, reversed(taken), strict=True)
        if here != there
    )
    if not reads:
        return
    is_backwards = bool(recurrent.inner(case).get("go_backwards"))
    own, keras = ("forwards", "backwards") if is_backwards else ("backwards", "forwards")
    says = f"the port's loop reads the steps {own}, Keras {keras}"
    yield Hypothesis("rnn-backwards", says, "x = x.flip(1)  # in front of the loop", reads)
    if join := _joining(case):
        dim = join.settings.get("dim", 0)
        back = Change(join.name, "output", "flip", {"dims": (dim,)})
        fix = f"x = x.flip(1)  # in front of the loop, and y = y.flip({dim}) of {join.name}"
        yield Hypothesis("rnn-backwards", says, fix, (*reads, back))


def _joining(case: Case) -> Step | None:
    return next((step for step in reversed(case.torch) if step.kind in JOINING), None)


def _joined(case: Case, calls: Sequence[Step]) -> Iterator[Hypothesis]:
    """The states that are joined to a sequence are those behind each step, h and not c."""
    join = _joining(case)
    if join is None or len(join.inputs) != len(calls):
        return
    wanted = [step.name for step in calls]
    if [*join.inputs] == wanted:
        return
    are_cells = [name.removesuffix(":1") for name in join.inputs] == wanted
    says = (
        "the port joins the states of the LSTM's cells, Keras returns what it gives"
        if are_cells
        else f"{join.name} joins other states than those behind each step"
    )
    yield Hypothesis(
        "rnn-state" if are_cells else "rnn-last-step",
        says,
        "tensors = [h after each step]",
        tuple(
            Change(join.name, "source", there, here)
            for here, there in zip(join.inputs, wanted, strict=True)
            if here != there
        ),
    )


def _carried(calls: Sequence[Step]) -> Iterator[Hypothesis]:
    """Each step goes on from the states that the one before it gave: h, and c of an LSTM."""
    changes = tuple(
        Change(step.name, "source", there, here)
        for before, step in pairwise(calls)
        for here, there in zip(step.inputs[1:], (before.name, f"{before.name}:1"), strict=False)
        if here != there
    )
    if changes:
        state, given = ("h, c", "(h, c)") if calls[0].kind == "LSTMCell" else ("h", "h")
        yield Hypothesis(
            "rnn-state-lost",
            f"{changes[0].step} begins with {changes[0].value}, Keras with what the step before it "
            "gives",
            f"{state} = {writing.called(calls[0], f'x, {given}')}  # in each step",
            changes,
        )


def _begun(case: Case, calls: Sequence[Step]) -> Iterator[Hypothesis]:
    """Another state in front of the first step."""
    lent = {name: value for name, value in case.values.items() if name.startswith("state_")}
    first = calls[0]
    if lent or len(first.inputs) > 1:
        names = " and ".join(value.name for value in lent.values())
        state = "(h, c)" if first.kind == "LSTMCell" else "h"
        yield Hypothesis(
            "rnn-initial-state",
            f"Keras begins with {names}, the port with another state, or with zeros"
            if lent
            else f"the port begins with {first.inputs[1]}, Keras with zeros",
            f"y = {writing.called(first, f'x, {state}' if lent else 'x')}  # the first step",
            (Change(first.name, "call", "begun_with", dict(lent)),),
        )


def _same_weights(calls: Sequence[Step], config: dict[str, Any]) -> Iterator[Hypothesis]:
    """Gates and biases, of all steps alike."""
    ways = zip(
        *([*recurrent.biases(step, config), *recurrent.gates(step)] for step in calls), strict=True
    )
    for alike in ways:
        changes = tuple(change for one in alike for change in one.changes)
        yield Hypothesis(alike[0].cause, alike[0].says, alike[0].fix, changes)
