"""torch's scaled_dot_product_attention, written out: what it drops is drawn by somebody else."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

Drop = Callable[[Tensor, float], Tensor]

_fused = F.scaled_dot_product_attention  # which a caller may have put something in the place of


def dropping(
    drop: Drop,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """With torch's arguments; `drop` is given the weights (..., L, S) and the rate."""
    told: dict[str, Any] = {"scale": scale, "enable_gqa": enable_gqa}
    if not dropout_p:
        return _fused(query, key, value, attn_mask, 0.0, is_causal, **told)
    if enable_gqa:
        times = query.size(-3) // key.size(-3)
        key, value = (x.repeat_interleave(times, dim=-3) for x in (key, value))
    scores = query @ key.transpose(-2, -1) * (query.size(-1) ** -0.5 if scale is None else scale)
    if is_causal:
        attn_mask = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).tril()
    if attn_mask is not None and attn_mask.dtype == torch.bool:
        scores = scores.masked_fill(~attn_mask, -torch.inf)
    elif attn_mask is not None:
        scores = scores + attn_mask
    return drop(scores.softmax(dim=-1), dropout_p) @ value
