"""A pass runs each call once, and keeps nothing that nobody will ask for."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from parity.records.comparison import Dtype, Step
from parity.sides.program import MODEL_INPUT, Names, Pass, Ref, name_of, run

INPUT = Ref(MODEL_INPUT)


@dataclass
class Sum:
    """Adds its arguments and one, and gives as many leaves as it is told."""

    step: Step
    takes: tuple[Ref, ...]
    leaves: int = 1


class Adding:
    """A program in plain Python."""

    def __init__(self, *calls: Sum) -> None:
        self.calls = calls
        self.executed: list[int] = []
        self.asked: list[int] = []

    def takes(self, number: int) -> tuple[Ref, ...]:
        self.asked.append(number)
        return self.calls[number].takes

    def execute(self, number: int, values: Callable[[Ref], Any], dtype: Dtype) -> list[Any]:
        self.executed.append(number)
        call = self.calls[number]
        return [sum(values(ref) for ref in call.takes) + 1 + leaf for leaf in range(call.leaves)]


def chain(*takes: tuple[Ref, ...]) -> Adding:
    return Adding(*(Sum(Step(f"s{n}", "add", ()), refs) for n, refs in enumerate(takes)))


def started(program: Adding, *kept: Ref) -> Pass:
    return Pass(program, [10], "float64", Counter(kept))


def held(going: Pass) -> set[Ref]:
    return set(going._values)


def test_a_value_is_kept_until_its_last_taker_has_run() -> None:
    program = chain((INPUT,), (Ref(0),), (Ref(0), Ref(1)))
    going = started(program, Ref(2))
    going.reach(0)
    assert held(going) == {Ref(0)}
    going.reach(1)
    assert held(going) == {Ref(0), Ref(1)}
    going.reach(2)
    assert held(going) == {Ref(2)}


def test_a_value_is_read_as_often_as_was_announced() -> None:
    going = started(chain((INPUT,), (Ref(0),)), Ref(0), Ref(0))
    going.reach(1)
    assert going.read(Ref(0)) == 11
    assert going.read(Ref(0)) == 11
    assert held(going) == set()
    with pytest.raises(KeyError):
        going.read(Ref(0))


def test_a_leaf_that_nobody_asks_for_is_never_kept() -> None:
    program = Adding(Sum(Step("lstm", "LSTM", ()), (INPUT,), leaves=3))
    going = started(program, Ref(0, 1))
    going.reach(0)
    assert held(going) == {Ref(0, 1)}
    assert going.read(Ref(0, 1)) == 12


def test_no_call_runs_twice_and_none_too_early() -> None:
    program = chain((INPUT,), (Ref(0),), (Ref(1),))
    going = started(program, Ref(1), Ref(2))
    going.reach(1)
    assert program.executed == [0, 1]
    going.reach(0)
    going.reach(2)
    assert program.executed == [0, 1, 2]
    assert going.read(Ref(2)) == 13


def test_a_part_runs_alone_on_what_it_is_fed() -> None:
    program = chain((INPUT,), (Ref(0),), (Ref(1), Ref(0)))
    assert run(program, [2], {Ref(1): 100, Ref(0): 1}, Ref(2), "float64") == 102
    assert program.executed == [2]


def test_a_part_that_was_given_another_source_waits_for_it() -> None:
    program = chain((INPUT,), (Ref(2),), (Ref(0),), (Ref(1),))
    assert run(program, [0, 1, 2, 3], {INPUT: 10}, Ref(3), "float64") == 14
    assert program.executed == [0, 2, 1, 3]


def test_a_circle_fails_where_it_is_executed() -> None:
    program = chain((INPUT,), (Ref(2),), (Ref(1),))
    with pytest.raises(KeyError):
        run(program, [0, 1, 2], {INPUT: 10}, Ref(2), "float64")
    assert program.executed == [0, 1]


def test_what_a_call_of_a_long_part_takes_is_asked_once() -> None:
    program = chain((INPUT,), *((Ref(number),) for number in range(99)))
    run(program, range(100), {INPUT: 10}, Ref(99), "float64")
    assert program.asked == [*range(100)]


def test_values_have_names_and_are_found_by_them() -> None:
    calls = chain((INPUT,), (Ref(0),)).calls
    names = Names(calls)
    for ref, name in (
        (INPUT, ""),
        (Ref(MODEL_INPUT, 1), ":1"),
        (Ref(1), "s1"),
        (Ref(1, 2), "s1:2"),
    ):
        assert name_of(ref, calls) == name
        assert names.ref(name) == ref
    assert names.number("s1") == 1
