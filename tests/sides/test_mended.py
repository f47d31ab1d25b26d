"""A module runs whole under changes: as its own code goes on, and comes back as it was."""

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from parity.errors import ModelError
from parity.records.interventions import Change, Taken
from parity.sides.mended import Mending
from parity.sides.tape import Tape


def run(module: nn.Module, x: Tensor, changes: Sequence[Change]) -> Any:
    with torch.no_grad(), Mending(module, x, changes=changes) as mending:
        return mending.returned(module(x))


class Sized(nn.Module):
    """It reads a size from what a step gave."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = nn.MaxPool1d(2)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.pool(x)
        return y.reshape(x.size(0), y.size(1) * y.size(2)) * 2.0


def test_sizes_are_those_of_the_mended_value() -> None:
    x = torch.arange(10.0).reshape(1, 2, 5)
    found = run(Sized(), x, [Change("pool", "setting", "ceil_mode", True)])
    assert found.tolist() == [[2.0, 6.0, 8.0, 12.0, 16.0, 18.0]]


class InPlace(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 3)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        y = self.linear(x)
        y.relu_()
        first = y + 1  # sees what `relu_` did to y itself
        second = self.linear(first)
        return first, second


def test_work_in_place_is_mended_for_all_that_sees_it() -> None:
    module, x = InPlace(), torch.randn(2, 3)
    first, _ = run(module, x, [Change("relu_1", "call", "tanh")])
    assert torch.equal(first, torch.tanh(module.linear(x)) + 1)


def test_one_run_of_a_module_that_runs_twice_is_mended() -> None:
    module, x = InPlace(), torch.randn(2, 3)
    plain = module(x)
    first, second = run(module, x, [Change("linear_1", "output", "scale", {"by": 2.0})])
    assert torch.equal(first, plain[0])
    assert torch.equal(second, 2 * plain[1])


def test_the_module_comes_back_as_it_was() -> None:
    module, x = InPlace(), torch.randn(2, 3)
    before, plain = dict(vars(module.linear)), module(x)
    run(module, x, [Change("linear", "weight", "scale", {"by": 0.0}, "weight")])
    assert dict(vars(module.linear)) == before
    assert all(torch.equal(a, b) for a, b in zip(module(x), plain, strict=True))


def test_steps_have_the_names_of_a_plain_tape() -> None:
    module, x = InPlace(), torch.randn(2, 3)
    with torch.no_grad(), Tape(module, x, values=False) as plain:
        module(x)
    with torch.no_grad(), Mending(module, x, changes=[Change("relu_1", "call", "tanh")]) as mended:
        module(x)
    assert [c.step.name for c in plain.calls] == [c.step.name for c in mended.calls]


class Crossed(nn.Module):
    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        one, two = x.sin(), x.cos()
        return one.exp(), two.neg()


def test_a_step_takes_what_another_gave() -> None:
    x = torch.randn(2, 3)
    first, _ = run(Crossed(), x, [Change("exp_1", "source", "cos_1", "sin_1")])
    assert torch.equal(first, x.cos().exp())


def test_another_value_is_returned() -> None:
    x = torch.randn(2, 3)
    changes = [Change("exp_1", "result", "neg_1"), Change("neg_1", "result", "sin_1")]
    first, second = run(Crossed(), x, changes)
    assert torch.equal(first, -x.cos())
    assert torch.equal(second, x.sin())


def test_another_value_is_returned_at_a_place() -> None:
    x = torch.randn(2, 3)
    first, second, third = run(
        Crossed(), x, [Change("", "result", "sin_1", "[1]"), Change("", "result", "cos_1", "[2]")]
    )
    assert torch.equal(first, x.sin().exp())
    assert torch.equal(second, x.sin())
    assert torch.equal(third, x.cos())


def test_a_step_is_given_what_others_gave() -> None:
    x = torch.randn(2, 3)
    value = {"kind": "subtract", "values": [None, Taken("sin_1")]}
    first, _ = run(Crossed(), x, [Change("exp_1", "output", "merged", value)])
    assert torch.equal(first, x.sin().exp() - x.sin())


def test_what_no_step_has_given_yet_cannot_be_taken() -> None:
    with pytest.raises(ModelError, match="sin_1 runs before neg_1"):
        run(Crossed(), torch.randn(2, 3), [Change("sin_1", "source", "neg_1", "")])
