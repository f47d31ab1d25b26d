"""Ports that write a recurrence out, step by step, are long and full of joins.

Each value of a cell is taken several times, so that the ways through twenty cells are millions: a
search along each of them would not end.
"""

from collections.abc import Callable

import pytest

from parity.mapping import orders
from parity.mapping.align import align
from parity.mapping.flow import Flow
from parity.mapping.orders import Scores
from parity.records.comparison import Step, Trace, Variable

SEQUENCE, STATE = (2, 24, 3), (2, 5)
Cell = Callable[["Tape", str, str | None], str]


class Tape:
    """Writes steps down, as a torch pass does: each call of a function has a number, and zeros that
    a port begins with (here None) are no value of the pass."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._counts: dict[str, int] = {}

    def __call__(self, kind: str, *inputs: str | None, module: str = "") -> str:
        name = module or kind
        count = self._counts[name] = self._counts.get(name, 0) + 1
        if not module or count > 1:
            name = f"{name}_{count}"
        shape = (4, 5) if module == "head" else (5, 8)
        variables = (Variable(f"{module}.weight", "weight", shape),) if module else ()
        taken = tuple(value for value in inputs if value is not None)
        self.steps.append(Step(name, kind, STATE, module, inputs=taken, variables=variables))
        return name


def gru(tape: Tape, x: str, h: str | None) -> str:
    """z * h + (1 - z) * tanh(c([x, h]))"""
    v = tape("cat", x, h)
    z = tape("sigmoid", tape("Linear", v, module="z"))
    new = tape("tanh", tape("Linear", v, module="c"))
    return tape("add", tape("mul", z, h), tape("mul", tape("rsub", z), new))


def lstm(tape: Tape, x: str, h: str | None) -> str:
    """o * tanh(f * h + i * tanh(g([x, h]))): with one state, as what matters is who takes what."""
    v = tape("cat", x, h)
    i, f, o = (tape("sigmoid", tape("Linear", v, module=name)) for name in "ifo")
    new = tape("mul", i, tape("tanh", tape("Linear", v, module="g")))
    return tape("mul", o, tape("tanh", tape("add", tape("mul", f, h), new)))


def written_out(cell: Cell, count: int) -> Trace:
    """A cell as often as a sequence is long, all its states stacked, and a layer behind them."""
    tape = Tape()
    states: list[str] = []
    for _ in range(count):
        states.append(cell(tape, tape("getitem", ""), states[-1] if states else None))
    end = tape("Linear", tape("stack", *states), module="head")
    return Trace(tuple(tape.steps), {}, {}, (), results=(end,))


def keras(kind: str) -> Trace:
    kernel = (Variable("head/kernel", "kernel", (5, 4)),)
    layer = Step("rnn", kind, SEQUENCE, inputs=("",))
    dense = Step("head", "Dense", STATE, inputs=("rnn",), variables=kernel)
    return Trace((layer, dense), {}, {}, (), results=("head",))


@pytest.mark.parametrize("count", [12, 24, 48])
@pytest.mark.parametrize(("kind", "cell"), [("GRU", gru), ("LSTM", lstm)])
def test_the_layer_behind_a_recurrence_is_found(kind: str, cell: Cell, count: int) -> None:
    port = written_out(cell, count)
    found = align(keras(kind), port)
    (match,) = found.matches
    assert match.keras.name == "head"
    assert match.torch == port.steps, "all of the recurrence prepares its input"
    assert [step.name for step in match.keras_steps] == ["rnn", "head"]


def test_neighbours_are_asked_for_a_few_times_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    look_up = Flow.producers

    def counted(flow: Flow, step: Step) -> set[str]:
        asked.append(step.name)
        return look_up(flow, step)

    monkeypatch.setattr(Flow, "producers", counted)
    port = written_out(gru, 48)
    align(keras("GRU"), port)
    assert len(asked) < 10 * len(port.steps)


def sums(dense: str, add: str, order: int) -> Trace:
    """Twenty sums of two branches. order: -1 for one that names the right one first."""
    steps, x = [], ""
    for n in range(20):
        names = (f"left{n}", f"right{n}")
        for size, name in enumerate(names, 3):
            weight = (Variable(name, "weight", (n + 2, size)),)
            steps.append(Step(name, dense, STATE, inputs=(x,), variables=weight))
        x = f"sum{n}"
        steps.append(Step(x, add, STATE, inputs=names[::order]))
    return Trace(tuple(steps), {}, {}, (), results=(x,))


def test_sums_are_turned_round_only_so_often(monkeypatch: pytest.MonkeyPatch) -> None:
    tables: list[Scores] = []
    make = orders._table

    def counted(scores: Scores) -> Scores:
        tables.append(scores)
        return make(scores)

    monkeypatch.setattr(orders, "_table", counted)
    monkeypatch.setattr(orders, "MOST", 0)
    found = align(sums("Dense", "Add", 1), sums("Linear", "add", -1))
    assert len(tables) == 4, "in execution's order, twice in that of the data, and the best again"
    assert len(found.matches) == 60
