"""Live pairs with several mistakes in one layer, which show only where all are mended, and ports
that compute a block whose result nobody takes, for tests/checking/test_live_field.py."""

import json
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
IDS = np.array([[3, 1, 4, 0, 0, 0], [5, 9, 2, 6, 0, 0], [7, 0, 0, 0, 0, 0], [8, 1, 2, 3, 5, 4]])
MEANS = {"mean": (0.6, 1.5, 0.9), "variance": (0.25, 1.8, 0.7)}


# --- A step in front of a layer that is lost, and the layer is another ---
def in_front(first: Any, **settings: Any) -> Any:
    last = L.GlobalAveragePooling2D(), L.Dense(2)
    return sequence((7, 7, 3), first, L.Conv2D(4, 3, activation="tanh", **settings), *last)


def convolved(given: Any, **settings: Any) -> nn.Module:
    def forward(m: Any, x: Tensor) -> Any:
        return m.b(torch.tanh(m.a(given(x))).mean((2, 3)))

    return Port(forward, a=nn.Conv2d(3, 4, 3, **settings), b=nn.Linear(4, 2))


@case
def a_permutation_and_zeros_for_the_border() -> Pair:
    port = convolved(lambda x: x, padding="same", padding_mode="replicate")
    return in_front(L.Permute((2, 1, 3)), padding="same"), port


@case
def a_normalisation_of_features_and_a_stride() -> Pair:
    return in_front(L.Normalization(**MEANS)), convolved(lambda x: x, stride=2)


@case
def a_slope_and_the_colours() -> Pair:
    return in_front(L.LeakyReLU(0.3)), convolved(lambda x: x.flip(1))


@case
def an_activation_of_features_and_a_maximum() -> Pair:
    model = sequence((6, 6, 3), L.ELU(), L.MaxPooling2D(2), L.Flatten(), L.Dense(2))
    return model, nn.Sequential(nn.AvgPool2d(2), nn.Flatten(), nn.Linear(27, 2))


# --- Two activations, the first of which is written out ---
def gates_with_a_bound(first: Any, second: Any) -> Pair:
    layers = L.Dense(6, activation="hard_sigmoid"), L.Activation("relu6")
    port = Port(lambda m, x: m.b(second(first(m.a(x)))), a=nn.Linear(5, 6), b=nn.Linear(6, 2))
    return sequence((5,), *layers, L.Dense(2)), port


@case
def a_hard_sigmoid_written_out_and_a_bound() -> Pair:
    return gates_with_a_bound(lambda x: (x / 6 + 0.5).clamp(0, 1), nn.ReLU6())


@case
def another_hard_sigmoid_written_out_and_another_bound() -> Pair:
    return gates_with_a_bound(lambda x: (0.2 * x + 0.5).clamp(0, 1), nn.Hardsigmoid())


# --- A layer that is written otherwise, or is random, beside a fault ---
def words_of_which_the_mean_is_taken(end: Any) -> Pair:
    """The port masks the words themselves, which is right; so is leaving that out at the first."""
    layers = L.Embedding(11, 4, mask_zero=True), L.GlobalAveragePooling1D()
    model = sequence((6,), *layers, L.Dense(3, activation="softmax"))

    def forward(m: Any, ids: Tensor) -> Any:
        are_there = (ids != 0).unsqueeze(-1)
        means = (m.a(ids) * are_there).sum(1) / are_there.sum(1)
        return end(m.b(means))

    return model, Port(forward, a=nn.Embedding(11, 4), b=nn.Linear(4, 3)), IDS


@case
def a_mean_of_words() -> Pair:
    return words_of_which_the_mean_is_taken(lambda x: x.softmax(-1))


@case
def a_mean_of_words_and_a_softmax_of_a_softmax() -> Pair:
    return words_of_which_the_mean_is_taken(lambda x: x.softmax(-1).softmax(-1))


@case
def noise_at_inference_and_a_scale_lost() -> Pair:
    model = sequence((6,), L.Rescaling(2.0), L.GaussianNoise(0.1), L.Dense(3))
    return model, Port(lambda m, x: m.a(x + 0.1 * torch.randn_like(x)), a=nn.Linear(6, 3))


def steps_normalised(forward: Any) -> Pair:
    layers = L.LSTM(4, return_sequences=True), L.LayerNormalization(), L.ReLU()
    parts = {"a": nn.LSTM(3, 4, batch_first=True), "n": nn.LayerNorm(4, eps=1e-3)}
    return sequence((5, 3), *layers, L.Dense(2)), Port(forward, **parts, b=nn.Linear(4, 2))


@case
def an_activation_behind_steps_that_are_normalised() -> Pair:
    return steps_normalised(lambda m, x: m.b(F.relu(m.n(m.a(x)[0]))))


@case
def an_activation_between_steps_and_their_normalisation() -> Pair:
    return steps_normalised(lambda m, x: m.b(m.n(F.relu(m.a(x)[0]))))


# --- What a layer takes is scaled, and what it gives is bounded ---
@case
def inputs_shifted_and_scaled_behind_a_bound() -> Pair:
    model = sequence((4,), L.Dense(7), L.LayerNormalization(epsilon=1e-5), L.Dense(2))

    def forward(m: Any, x: Tensor) -> Any:
        return m.c(m.b(F.relu(m.a(x * 3.25 - 0.5))))

    return model, Port(forward, a=nn.Linear(4, 7), b=nn.LayerNorm(7), c=nn.Linear(7, 2))


@case
def inputs_scaled_so_that_an_exponential_has_no_number() -> Pair:
    model = sequence((4,), L.Dense(7, activation="exponential"), L.Dense(2, activation="sigmoid"))

    def forward(m: Any, x: Tensor) -> Any:
        return torch.sigmoid(m.b(torch.exp(m.a(x * 255))))

    return model, Port(forward, a=nn.Linear(4, 7), b=nn.Linear(7, 2))


@case
def a_bias_and_a_softmax() -> Pair:
    def forward(m: Any, x: Tensor) -> Any:
        return F.linear(F.relu(m.a(x)), m.b.weight)

    model = sequence((4,), L.Dense(7, activation="relu"), L.Dense(3, activation="softmax"))
    return model, Port(forward, a=nn.Linear(4, 7), b=nn.Linear(7, 3))


# --- The last of two steps of Keras's, which nothing answers ---
@case
def a_normalisation_behind_a_scale() -> Pair:
    layers = L.Rescaling(0.5), L.Normalization(**MEANS), L.Dense(4)
    return sequence((3,), *layers), Port(lambda m, x: m.a(x * 0.5), a=nn.Linear(3, 4))


# --- A block whose result nobody takes ---
def block(joined: Any) -> Pair:
    x = keras.Input((5, 4))
    h = L.LayerNormalization(epsilon=1e-5)(x + L.MultiHeadAttention(1, 4)(x, x))
    y = L.Dense(4)(L.Dense(4, activation="gelu")(h))
    model = keras.Model(x, L.Dense(3)(L.GlobalAveragePooling1D()(h + y)))

    def forward(m: Any, x: Tensor) -> Any:
        scores = m.q(x) @ m.k(x).mT / 2
        h = m.n(x + m.o(torch.softmax(scores, -1) @ m.v(x)))
        return m.c(joined(h, m.b(F.gelu(m.a(h))), x).mean(1))

    linear = {name: nn.Linear(4, 4) for name in "qkvoab"}
    return model, Port(forward, n=nn.LayerNorm(4), c=nn.Linear(4, 3), **linear)


@case
def a_block() -> Pair:
    return block(lambda h, y, x: h + y)


@case
def a_block_that_nobody_takes() -> Pair:
    return block(lambda h, y, x: h + x)


# --- Attention written out by projections without biases, packed or apart ---
def attended(is_packed: bool, has_bias: bool, has_norm: bool) -> Pair:
    x = keras.Input((5, 8))
    model = keras.Model(x, L.Dense(3)(L.MultiHeadAttention(2, 4)(x, x)))

    def forward(m: Any, x: Tensor) -> Any:
        h = m.n(x) if has_norm else x
        parts = m.qkv(h).chunk(3, -1) if is_packed else (m.q(h), m.k(h), m.v(h))
        q, k, v = (part.unflatten(-1, (2, 4)).transpose(1, 2) for part in parts)
        y = torch.softmax(q @ k.mT / 2, -1) @ v
        return m.c(m.o(y.transpose(1, 2).flatten(2)))

    wide = {"qkv": 24} if is_packed else {"q": 8, "k": 8, "v": 8}
    parts = {name: nn.Linear(8, size, bias=has_bias) for name, size in wide.items()}
    own: dict[str, nn.Module] = {"n": nn.LayerNorm(8)} if has_norm else {}
    return model, Port(forward, o=nn.Linear(8, 8), c=nn.Linear(8, 3), **parts, **own)


@case
def projections() -> Pair:
    return attended(is_packed=False, has_bias=True, has_norm=False)


@case
def projections_without_biases() -> Pair:
    return attended(is_packed=False, has_bias=False, has_norm=False)


@case
def packed_projections_without_biases() -> Pair:
    return attended(is_packed=True, has_bias=False, has_norm=False)


@case
def normalised_projections_without_biases() -> Pair:
    return attended(is_packed=False, has_bias=False, has_norm=True)


@case
def packed_normalised_projections_without_biases() -> Pair:
    return attended(is_packed=True, has_bias=False, has_norm=True)


# --- A mean by a stack of the input and another value ---
def averaged(activation: Any) -> Pair:
    x = keras.Input((8, 3))
    h = L.Conv1D(3, 3, padding="same", activation="relu6")(x)
    model = keras.Model(x, L.Conv1D(2, 3)(L.Average()([x, h])))

    def forward(m: Any, x: Tensor) -> Any:
        return m.b(torch.stack([x, activation(m.a(x))]).mean(0))

    return model, Port(forward, a=nn.Conv1d(3, 3, 3, padding="same"), b=nn.Conv1d(3, 2, 3))


@case
def a_stack_of_the_input_and_a_layer() -> Pair:
    return averaged(F.relu6)


@case
def a_stack_of_the_input_and_a_layer_without_its_activation() -> Pair:
    return averaged(lambda x: x)


# --- Alone, where the port lays values out, or pads them, in its own way ---
@case
def a_softmax_behind_a_permutation() -> Pair:
    def forward(m: Any, x: Tensor) -> Any:
        x = torch.tanh(m.a(x).permute(0, 2, 3, 1))
        return m.b(x.permute(0, 3, 1, 2))

    layers = L.Conv2D(4, 3), L.Activation("tanh"), L.Conv2D(2, 3, activation="softmax")
    return sequence((8, 7, 3), *layers), Port(forward, a=nn.Conv2d(3, 4, 3), b=nn.Conv2d(4, 2, 3))


@case
def a_stride_of_a_port_that_pads_by_a_word() -> Pair:
    conv = L.Conv2D(4, 2, strides=3, padding="same", activation="relu")
    port = nn.Conv2d(3, 4, 2, padding="same"), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    model = sequence((7, 7, 3), conv, L.GlobalAveragePooling2D(), L.Dense(2))
    return model, nn.Sequential(*port, nn.Linear(4, 2))


def main() -> None:
    reports = CASES.checked()
    print(json.dumps({n: [x.verdict, causes(x), x.mended] for n, x in reports.items()}))


if __name__ == "__main__":
    main()
