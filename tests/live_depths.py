"""Live pairs of which one side has a block of layers more than the other, for
tests/checking/test_live_field.py."""

import json
from typing import Any

import torch
import torch._dynamo  # before tensorflow

import keras  # isort: skip
from keras import layers as L
from keras import ops
from torch import Tensor, nn
from torch.nn import functional as F

from tests.checked import Cases, causes
from tests.live_field import Pair, sequence

CASES = Cases()
case = CASES.add


# --- Convolutions, each with its normalisation ---
class Convolutions(nn.Module):
    def __init__(self, *filters: int, size: int) -> None:
        super().__init__()
        ends = zip((4, *filters), filters, strict=False)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Conv1d(a, b, 3, padding=1), nn.BatchNorm1d(b), nn.ReLU())
            for a, b in ends
        )
        self.head = nn.Linear(size, 3)

    def forward(self, x: Tensor) -> Any:
        for block in self.blocks:
            x = block(x)
        return self.head(x.flatten(1) if self.head.in_features > 20 else x.mean(-1))


def convolved(keras: tuple[int, ...], torch: tuple[int, ...], is_flat: bool = False) -> Pair:
    layers: list[Any] = []
    for n in keras:
        layers += [L.Conv1D(n, 3, padding="same"), L.BatchNormalization(epsilon=1e-5), L.ReLU()]
    last = L.Flatten() if is_flat else L.GlobalAveragePooling1D()
    port = Convolutions(*torch, size=torch[-1] * (10 if is_flat else 1))
    return sequence((10, 4), *layers, last, L.Dense(3)), port


@case
def as_many_convolutions() -> Pair:
    return convolved((8, 8, 8), (8, 8, 8))


@case
def a_convolution_less() -> Pair:
    return convolved((8, 8, 8), (8, 8))


@case
def a_convolution_less_in_front_of_what_flattens() -> Pair:
    return convolved((6, 6, 6), (6, 6), is_flat=True)


@case
def a_convolution_of_other_filters_less() -> Pair:
    return convolved((8, 12, 12), (8, 12))


@case
def a_convolution_more() -> Pair:
    return convolved((8, 8), (8, 8, 8))


# --- Blocks of attention, behind positions that a graph holds ---
def attending(blocks: int) -> Any:
    x = keras.Input((6, 8))
    y = x + L.Embedding(6, 8)(ops.arange(6))
    for _ in range(blocks):
        h = L.LayerNormalization(epsilon=1e-6)(y)
        y = y + L.Dropout(0.1)(L.MultiHeadAttention(2, 4)(h, h))
        h = L.Dense(12, activation="gelu")(L.LayerNormalization(epsilon=1e-6)(y))
        y = L.Add()([y, L.Dense(8)(h)])
    y = L.LayerNormalization(epsilon=1e-6)(y)
    return keras.Model(x, L.Dense(3)(L.GlobalAveragePooling1D()(y)))


class Attending(nn.Module):
    def __init__(self, blocks: int) -> None:
        super().__init__()
        self.places = nn.Parameter(torch.randn(1, 6, 8))
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(
                *(8, 2, 12, 0.1, "gelu"), layer_norm_eps=1e-6, batch_first=True, norm_first=True
            )
            if n % 2
            else Written()
            for n in range(blocks)
        )
        self.norm, self.head = nn.LayerNorm(8, eps=1e-6), nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Any:
        x = x + self.places
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x).mean(1))


class Written(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.n1, self.n2 = nn.LayerNorm(8, eps=1e-6), nn.LayerNorm(8, eps=1e-6)
        self.qkv, self.out = nn.Linear(8, 24), nn.Linear(8, 8)
        self.up, self.down = nn.Linear(8, 12), nn.Linear(12, 8)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(self.n1(x)).unflatten(-1, (3, 2, 4)).permute(2, 0, 3, 1, 4)
        h = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        x = x + self.out(h)
        found: Tensor = x + self.down(F.gelu(self.up(self.n2(x))))
        return found


@case
def as_many_blocks_of_attention() -> Pair:
    return attending(2), Attending(2)


@case
def a_block_of_attention_less() -> Pair:
    return attending(2), Attending(1)


@case
def a_block_of_attention_more() -> Pair:
    return attending(1), Attending(2)


def main() -> None:
    reports = CASES.checked()
    print(json.dumps({n: [x.verdict, causes(x), x.mended] for n, x in reports.items()}))


if __name__ == "__main__":
    main()
