"""What a port draws is handed to it, in the order in which it does."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

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


KEEP = torch.rand(3, 2, 4, 4, generator=torch.Generator().manual_seed(0)) > 0.25  # (N, H, T, S)
WEIGHTS = RandomLayer("weights", "keep", (2, 4, 4), 0.25)


def attended(layer: nn.MultiheadAttention, x: torch.Tensor, keep: torch.Tensor) -> torch.Tensor:
    """What the layer gives, written out. x (N, T, D)."""
    heads = layer.num_heads
    of_all = F.linear(x, layer.in_proj_weight, layer.in_proj_bias).chunk(3, 2)
    q, k, v = (one.view(*x.shape[:2], heads, -1).transpose(1, 2) for one in of_all)
    weights = (q @ k.transpose(2, 3) * q.shape[-1] ** -0.5).softmax(-1)
    dropped = torch.where(keep, weights / (1 - WEIGHTS.rate), torch.zeros(()))
    return layer.out_proj((dropped @ v).transpose(1, 2).flatten(2))  # type: ignore[no-any-return]


@pytest.mark.parametrize("need_weights", [False, True])
def test_weights_that_attention_drops_are_handed_on(need_weights: bool) -> None:
    """With them torch drops (N * H, T, S), without by scaled_dot_product_attention."""
    layer, x = (
        nn.MultiheadAttention(6, 2, dropout=WEIGHTS.rate, batch_first=True),
        torch.rand(3, 4, 6),
    )
    with SharedDraws([WEIGHTS], [KEEP]) as draws:
        found, _ = layer(x, x, x, need_weights=need_weights)
    torch.testing.assert_close(found, attended(layer, x, KEEP))
    assert not draws.unused


@pytest.mark.parametrize("is_causal", [False, True])
def test_attention_is_torchs_but_for_what_is_dropped(is_causal: bool) -> None:
    q, k = torch.rand(3, 4, 4, 5), torch.rand(3, 2, 4, 5)
    told: dict[str, Any] = {"is_causal": is_causal, "scale": 0.3, "enable_gqa": True}
    kept = RandomLayer("weights", "keep", (4, 4, 4), 0.0)
    with SharedDraws([kept], [torch.ones(3, 4, 4, 4, dtype=torch.bool)]):
        found = F.scaled_dot_product_attention(q, k, k, dropout_p=1e-12, **told)
    torch.testing.assert_close(found, F.scaled_dot_product_attention(q, k, k, **told))


@pytest.mark.parametrize("kind", [nn.GRU, nn.LSTM])
def test_what_a_stack_drops_between_its_layers_is_handed_on(kind: Any) -> None:
    stack, x = kind(3, 2, 2, dropout=0.5, batch_first=True, bidirectional=True), torch.rand(5, 7, 3)
    keep = torch.rand(5, 7, 4) > 0.5
    with SharedDraws([RandomLayer("between", "keep", (7, 4), 0.5)], [keep]) as draws:
        found, _ = stack(x)
    each = [kind(size, 2, batch_first=True, bidirectional=True) for size in (3, 4)]
    for n, one in enumerate(each):
        one.load_state_dict(
            {
                name.replace(f"_l{n}", "_l0"): w
                for name, w in stack.state_dict().items()
                if f"_l{n}" in name
            }
        )
    hidden = torch.where(keep, 2 * each[0](x)[0], torch.zeros(()))
    torch.testing.assert_close(found, each[1](hidden)[0])
    assert not draws.unused


def test_a_draw_is_told_by_shape_and_rate() -> None:
    one, other = torch.zeros(2, 3, dtype=torch.bool), torch.ones(2, 3, dtype=torch.bool)
    layers = [RandomLayer("one", "keep", (3,), 0.1), RandomLayer("other", "keep", (3,), 0.5)]
    with SharedDraws([WEIGHTS, *layers], [KEEP, one, other]) as draws:
        assert F.dropout(torch.ones(2, 1, 3), 0.5).eq(2).all()  # the same at every time step
        assert F.dropout(torch.ones(2, 3), 0.1).eq(0).all()
    assert draws.unused == ("weights",)
