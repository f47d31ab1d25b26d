"""What a port draws is handed to it, in the order in which it does."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F

from parity.errors import ModelError
from parity.records.training import RandomLayer
from parity.sides.torch_draws import SharedDraws

SHARE = torch.tensor([0.0, 0.5, 0.99])


def test_whole_numbers_are_shares_of_their_range() -> None:
    calls: tuple[Callable[[], torch.Tensor], ...] = (
        lambda: torch.randint(10, (3,)),
        lambda: torch.randint(0, 10, size=(3,)),
        lambda: torch.randint(low=0, high=10, size=(3,)),
    )
    for call in calls:
        with SharedDraws([RandomLayer("uniform", "uniform", ())], [SHARE]):
            found = call()
        assert found.tolist() == [0, 5, 9]
        assert found.dtype == torch.int64


def test_a_share_is_handed_on() -> None:
    calls: tuple[Callable[[], torch.Tensor], ...] = (
        lambda: torch.rand(3),
        lambda: torch.rand_like(SHARE),
    )
    for call in calls:
        with SharedDraws([RandomLayer("uniform", "uniform", ())], [SHARE]):
            assert torch.equal(call(), SHARE)


def test_a_draw_of_keras_s_layout_is_moved_to_torch_s() -> None:
    keep = torch.tensor([[[True, False]], [[False, True]]])  # (N, 1, C): whole maps
    ones = torch.ones(2, 2, 5)
    with SharedDraws([RandomLayer("drop", "keep", (1, 2), 0.5)], [keep]):
        found = F.dropout1d(ones, 0.5)
    assert found[:, :, 0].tolist() == [[2, 0], [0, 2]]


def test_another_kind_of_draw_is_no_answer() -> None:
    draws = SharedDraws([RandomLayer("normal", "normal", ())], [SHARE])
    with draws, pytest.raises(ModelError, match="does not answer"):
        torch.rand(3)
