"""Attention."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class SelfAttention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x: Tensor) -> Any:
        return self.attention(x, x, x, need_weights=False)[0]


def multi_head_attention() -> Any:
    return SelfAttention()


class CausalAttention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(12, 3, bias=False, batch_first=True)

    def forward(self, x: Tensor) -> Any:
        blocked = torch.ones(5, 5, dtype=torch.bool, device=x.device).triu(1)  # True: unseen
        return x + self.attention(x, x, x, attn_mask=blocked, need_weights=False)[0]


def multi_head_attention_causal() -> Any:
    return CausalAttention()


class CrossAttention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, kdim=5, vdim=5, batch_first=True)

    def forward(self, x: Tensor, memory: Tensor) -> Any:
        return self.attention(x, memory, memory, need_weights=False)[0]


def multi_head_attention_cross() -> Any:
    return CrossAttention()


class AttentionOfLinears(nn.Module):
    """Heads that together are wider than the input, as torch's own attention has none."""

    def __init__(self) -> None:
        super().__init__()
        self.attention_q = nn.Linear(6, 2 * 4)
        self.attention_k = nn.Linear(6, 2 * 4)
        self.attention_v = nn.Linear(6, 2 * 4)
        self.attention_out = nn.Linear(2 * 4, 6)

    def forward(self, x: Tensor) -> Any:
        q, k, v = (
            project(x).unflatten(2, (2, -1)).transpose(1, 2)  # (N, heads, T, size)
            for project in (self.attention_q, self.attention_k, self.attention_v)
        )
        heads = F.scaled_dot_product_attention(q, k, v)
        return self.attention_out(heads.transpose(1, 2).flatten(2))


def multi_head_attention_linears() -> Any:
    return AttentionOfLinears()
