"""Live pairs of which one side has a layer of a stack of recurrent layers more than the other, or a
block of attention, which something else may stand beside, for tests/checking/test_live_field.py."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch._dynamo  # before tensorflow

import keras  # isort: skip
from keras import layers as L
from torch import Tensor, nn
from torch.nn import functional as F

from tests.checked import Cases, causes
from tests.live_field import Pair, Port, sequence

CASES = Cases()
case = CASES.add


# --- Recurrent layers ---
def stacked(layer: Any, module: Any, count: int, run: Any = None, **settings: Any) -> Pair:
    """Three of Keras's, of which the last gives its last step, and a module of so many."""
    layers = [layer(6, return_sequences=True) for _ in range(2)]
    stack = module(5, 6, num_layers=count, **({"batch_first": True} | settings))
    run = run or (lambda m, x: m.o(m.r(x)[0][:, -1]))
    return sequence((7, 5), *layers, layer(6), L.Dense(2)), Port(run, r=stack, o=nn.Linear(6, 2))


@case
def an_lstm_of_as_many_layers() -> Pair:
    return stacked(L.LSTM, nn.LSTM, 3)


@case
def an_lstm_of_a_stack_less() -> Pair:
    return stacked(L.LSTM, nn.LSTM, 2)


@case
def a_gru_of_a_stack_less() -> Pair:
    return stacked(L.GRU, nn.GRU, 2)


@case
def a_simple_layer_of_a_stack_less() -> Pair:
    return stacked(L.SimpleRNN, nn.RNN, 2)


@case
def a_layer_of_a_stack_whose_last_state_is_taken_less() -> Pair:
    return stacked(L.LSTM, nn.LSTM, 2, lambda m, x: m.o(m.r(x)[1][0][-1]))


@case
def a_layer_of_a_stack_with_time_first_less() -> Pair:
    run = lambda m, x: m.o(m.r(x.transpose(0, 1))[0][-1])  # noqa: E731
    return stacked(L.GRU, nn.GRU, 2, run, batch_first=False)


@case
def an_lstm_of_a_stack_more() -> Pair:
    return stacked(L.LSTM, nn.LSTM, 4)


@case
def a_layer_of_a_stack_of_both_directions_less() -> Pair:
    both = [L.Bidirectional(L.LSTM(4, return_sequences=True)) for _ in range(3)]
    model = sequence((7, 5), *both, L.GlobalAveragePooling1D(), L.Dense(2))
    stack = nn.LSTM(5, 4, num_layers=2, batch_first=True, bidirectional=True)
    return model, Port(lambda m, x: m.o(m.r(x)[0].mean(1)), r=stack, o=nn.Linear(8, 2))


@case
def a_module_less() -> Pair:
    def run(m: Any, x: Tensor) -> Any:
        return m.o(m.b(m.a(x)[0])[0][:, -1])

    layers = [L.LSTM(6, return_sequences=True) for _ in range(2)]
    parts = {"a": nn.LSTM(5, 6, batch_first=True), "b": nn.LSTM(6, 6, batch_first=True)}
    model = sequence((7, 5), *layers, L.LSTM(6), L.Dense(2))
    return model, Port(run, **parts, o=nn.Linear(6, 2))


def looped(keras: int, torch: int) -> Pair:
    def run(m: Any, x: Tensor) -> Any:
        x = m.d(x)
        for layer in m.layers:
            x = layer(x)[0]
        return m.o(x.amax(1))

    layers = [L.GRU(6, return_sequences=True) for _ in range(keras)]
    model = sequence((7, 5), L.Dense(6), *layers, L.GlobalMaxPooling1D(), L.Dense(2))
    modules = nn.ModuleList(nn.GRU(6, 6, batch_first=True) for _ in range(torch))
    return model, Port(run, d=nn.Linear(5, 6), layers=modules, o=nn.Linear(6, 2))


@case
def a_module_in_a_loop_less() -> Pair:
    return looped(3, 2)


@case
def a_module_in_a_loop_more() -> Pair:
    return looped(2, 3)


@case
def a_layer_of_a_stack_less_and_another_activation() -> Pair:
    layers = [L.LSTM(6, return_sequences=True) for _ in range(2)]
    model = sequence((7, 5), *layers, L.LSTM(6), L.Dense(4, activation="relu"), L.Dense(2))
    stack = nn.LSTM(5, 6, num_layers=2, batch_first=True)
    run = lambda m, x: m.o(F.elu(m.d(m.r(x)[0][:, -1])))  # noqa: E731
    return model, Port(run, r=stack, d=nn.Linear(6, 4), o=nn.Linear(4, 2))


# --- Blocks of attention ---
class Block(nn.Module):
    def __init__(self, gelu: str = "none", is_causal: bool = False) -> None:
        super().__init__()
        self.n1, self.n2 = nn.LayerNorm(8), nn.LayerNorm(8)
        self.qkv, self.out = nn.Linear(8, 24), nn.Linear(8, 8)
        self.up, self.down = nn.Linear(8, 16), nn.Linear(16, 8)
        self.gelu, self.is_causal = gelu, is_causal

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        q, k, v = self.qkv(self.n1(x)).unflatten(-1, (3, 2, 4)).permute(2, 0, 3, 1, 4)
        h = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=self.is_causal)
        x = x + self.out(h.transpose(1, 2).flatten(2))
        found: Tensor = x + self.down(F.gelu(self.up(self.n2(x)), approximate=self.gelu))
        return found


def through(y: Any, count: int, **call: Any) -> Any:
    for _ in range(count):
        h = L.LayerNormalization(epsilon=1e-5)(y)
        y = L.Add()([y, L.MultiHeadAttention(2, 4)(h, h, **call)])
        h = L.Dense(16, activation="gelu")(L.LayerNormalization(epsilon=1e-5)(y))
        y = L.Add()([y, L.Dense(8)(h)])
    return y


def attending(
    keras_count: int,
    torch_count: int,
    summary: Callable[[Tensor], Tensor] | None = None,
    **own: Any,
) -> Pair:
    x = keras.Input((6, 8))
    y = through(x, keras_count, use_causal_mask=own.get("is_causal", False))
    model = keras.Model(x, L.Dense(3)(L.GlobalAveragePooling1D()(y)))
    blocks = nn.Sequential(*(Block(**own) for _ in range(torch_count)))
    summary = summary or (lambda x: x.mean(1))
    return model, Port(lambda m, x: m.o(summary(m.blocks(x))), blocks=blocks, o=nn.Linear(8, 3))


@case
def a_block_of_attention_less_and_another_gelu() -> Pair:
    return attending(2, 1, gelu="tanh")


@case
def a_block_of_attention_more_and_another_gelu() -> Pair:
    return attending(1, 2, gelu="tanh")


@case
def a_block_of_attention_less_and_another_summary() -> Pair:
    return attending(2, 1, lambda x: x.amax(1))


@case
def a_block_that_looks_back_alone_less() -> Pair:
    return attending(2, 1, is_causal=True)


@case
def as_many_blocks_that_look_back_alone() -> Pair:
    return attending(2, 2, is_causal=True)


@case
def a_block_of_masked_words_less() -> Pair:
    x = keras.Input((6,), dtype="int32")
    model = keras.Model(x, L.Dense(3)(through(L.Embedding(11, 8, mask_zero=True)(x), 2)))

    def run(m: Any, x: Tensor) -> Any:
        counts = x != 0
        y, both = m.e(x), counts[:, None, None, :] & counts[:, None, :, None]
        return m.o(m.b(y, torch.where(both, 0.0, -1e30).to(y.dtype)))

    port = Port(run, e=nn.Embedding(11, 8), b=Block(), o=nn.Linear(8, 3))
    words = np.random.default_rng(0).integers(1, 11, (5, 6)).astype("int32")
    words[:, 4:], words[0, 3:] = 0, 0
    return model, port, [words]


def main() -> None:
    reports = CASES.checked()
    print(json.dumps({n: [x.verdict, causes(x), x.mended] for n, x in reports.items()}))


if __name__ == "__main__":
    main()
