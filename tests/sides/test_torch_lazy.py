"""Modules whose weights have no shapes until a first pass."""

import torch
from torch import nn

from parity.sides import torch_lazy, torch_lent


def test_a_copy_gets_its_shapes_of_the_inputs_and_the_module_stays() -> None:
    module = nn.Sequential(nn.LazyConv1d(4, 3), nn.Flatten(), nn.LazyLinear(2))
    state = torch.get_rng_state()
    for channels in (3, 5):  # another layout of the inputs gets shapes of its own
        x = torch.zeros(1, channels, 8)
        found = torch_lazy.shaped(module, {"0": x.clone})
        assert tuple(next(found.parameters()).shape) == (4, channels, 3)
        assert not torch_lazy.is_lazy(found)
    assert torch_lazy.is_lazy(module)
    assert torch.equal(torch.get_rng_state(), state)


def test_statistics_get_their_shapes_too() -> None:
    module = nn.Sequential(nn.LazyBatchNorm1d(), nn.Flatten())
    found = torch_lazy.shaped(module, {"0": lambda: torch.zeros(2, 3, 8)})
    assert tuple(next(found.buffers()).shape) == (3,)
    assert torch_lazy.is_lazy(module)
    with torch_lent.as_it_was(module):  # which copies buffers
        pass


def test_inputs_that_it_does_not_take_leave_it_without() -> None:
    found = torch_lazy.shaped(nn.LazyConv1d(4, 3), {"0": lambda: torch.zeros(1, 1, 1, 1)})
    assert torch_lazy.is_lazy(found)
