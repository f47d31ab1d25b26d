"""Optimizers and steps as people write them."""

from typing import Any

import torch
from torch import nn

from parity.records.own_training import Training
from parity.sides import torch_own
from parity.sides.torch_trained import Lent

SGD = torch.optim.SGD


def lent(optimizer: Any) -> Lent:
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    return Lent(net, {}, "float32", Training(optimizer=optimizer))


def test_an_optimizer_is_made_of_parameters_or_of_the_module() -> None:
    for make in (lambda p: SGD(p, lr=1.0), lambda net: SGD(net.parameters(), lr=1.0)):
        (made,) = lent(make).optimizers
        assert len(made.param_groups[0]["params"]) == 4


def test_several_are_handed_to_the_step_as_they_were_made() -> None:
    def make(net: Any) -> dict[str, Any]:
        return {name: SGD(net[n].parameters(), lr=1.0) for n, name in enumerate("ab")}

    several = lent(make)
    assert [*several.arranged] == ["a", "b"]
    assert several.optimizers == [*several.arranged.values()]
    step = torch_own.stepping(lambda module, batch, optimizers: optimizers, several.arranged)
    assert step(None, None) is several.arranged


def test_a_step_of_two_arguments_is_taken_as_it_is() -> None:
    def step(module: Any, batch: Any, clip: float = 1.0) -> float:
        return clip

    assert torch_own.stepping(step, "optimizers") is step
