"""Live pairs with a layer on one side alone, or another width, kernel or size of pictures, so that
another layer's weights do not fit, for tests/checking/test_live_field.py."""

import json
from itertools import pairwise
from typing import Any

import torch
import torch._dynamo  # before tensorflow

import keras  # isort: skip
from keras import layers as L
from keras import ops
from torch import Tensor, nn
from torch.nn import functional as F

from tests.checked import Cases, causes
from tests.live_field import Pair, Port, sequence

CASES = Cases()
case = CASES.add


class Chain(nn.Module):
    """Layers with a relu between each two."""

    def __init__(self, *layers: nn.Module, is_pooled: bool = False) -> None:
        super().__init__()
        self.layers, self.is_pooled = nn.ModuleList(layers), is_pooled

    def forward(self, x: Tensor) -> Any:
        *others, last = self.layers
        for layer in others:
            x = F.relu(layer(x))
        return last(x.mean((2, 3)) if self.is_pooled else x)


def dense(*widths: int, port: tuple[int, ...]) -> Pair:
    layers = [L.Dense(n, activation="relu") for n in widths[1:-1]]
    linear = [nn.Linear(*ends) for ends in pairwise(port)]
    return sequence(widths[:1], *layers, L.Dense(widths[-1])), Chain(*linear)


def pictures(keras: tuple[int, ...], torch: tuple[int, ...]) -> Pair:
    layers = [L.Conv2D(n, 3, padding="same", activation="relu") for n in keras]
    ends = zip((3, *torch), torch, strict=False)
    convs = [nn.Conv2d(a, b, 3, padding="same") for a, b in ends]
    model = sequence((6, 6, 3), *layers, L.GlobalAveragePooling2D(), L.Dense(2))
    return model, Chain(*convs, nn.Linear(torch[-1], 2), is_pooled=True)


@case
def a_layer_of_another_width_lost() -> Pair:
    return dense(6, 5, 7, 3, port=(6, 5, 3))


@case
def two_layers_of_other_widths_lost() -> Pair:
    return dense(6, 5, 7, 8, 3, port=(6, 5, 3))


@case
def the_first_layer_lost() -> Pair:
    return dense(6, 5, 7, 3, port=(6, 7, 3))


@case
def a_convolution_of_other_filters_lost() -> Pair:
    return pictures((4, 8), (4,))


@case
def a_convolution_of_other_filters_that_keras_has_not() -> Pair:
    return pictures((4,), (4, 8))


# --- Another width of a layer, for which the next layer's weights do not fit ---
@case
def a_layer_of_another_width() -> Pair:
    return dense(6, 8, 7, 3, port=(6, 8, 5, 3))


@case
def filters_of_another_number_and_their_normalisation() -> Pair:
    layers = L.Conv2D(8, 3, activation="relu"), L.BatchNormalization(epsilon=1e-5)
    model = sequence((7, 7, 3), *layers, L.Flatten(), L.Dense(4))
    port = nn.Conv2d(3, 6, 3), nn.ReLU(), nn.BatchNorm2d(6), nn.Flatten(), nn.Linear(150, 4)
    return model, nn.Sequential(*port)


@case
def a_gate_of_another_width() -> Pair:
    x = keras.Input((6, 6, 8))
    given = L.GlobalAveragePooling2D(keepdims=True)(x)
    gate = L.Conv2D(8, 1, activation="sigmoid")(L.Conv2D(4, 1, activation="relu")(given))
    model = keras.Model(x, L.Conv2D(3, 3)(x * gate))

    def forward(m: Any, x: Tensor) -> Any:
        gate = m.b(F.relu(m.a(x.mean((2, 3), keepdim=True))))
        return m.c(x * torch.sigmoid(gate))

    parts = {"a": nn.Conv2d(8, 2, 1), "b": nn.Conv2d(2, 8, 1), "c": nn.Conv2d(8, 3, 3)}
    return model, Port(forward, **parts)


# --- Groups of another number, for which the kernel is of another shape ---
def grouped(keras_groups: int, port: Any) -> Pair:
    layers = L.Conv2D(6, 3, padding="same", groups=keras_groups), L.ReLU(), L.Conv2D(2, 3)
    return sequence((6, 6, 4), *layers), port


def convolved(*given: nn.Module) -> Any:
    return nn.Sequential(*given, nn.ReLU(), nn.Conv2d(6, 2, 3))


@case
def groups_that_are_lost() -> Pair:
    return grouped(2, convolved(nn.Conv2d(4, 6, 3, padding=1)))


@case
def groups_that_keras_has_not() -> Pair:
    return grouped(1, convolved(nn.Conv2d(4, 6, 3, padding=1, groups=2)))


@case
def groups_of_a_function_that_are_lost() -> Pair:
    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight, self.bias = (
                nn.Parameter(torch.ones(6, 4, 3, 3)),
                nn.Parameter(torch.ones(6)),
            )

        def forward(self, x: Tensor) -> Tensor:
            return F.conv2d(x, self.weight, self.bias, padding=1)

    return grouped(2, convolved(Own()))


@case
def groups_as_keras_has_them() -> Pair:
    return grouped(2, convolved(nn.Conv2d(4, 6, 3, padding=1, groups=2)))


# --- No other width: one layer of Keras's is two of the port's ---
def parted(activation: Any) -> Pair:
    def forward(m: Any, x: Tensor) -> Any:
        return m.c(activation(torch.cat([m.a(x), m.b(x)], -1)))

    model = sequence((6,), L.Dense(8, activation="relu"), L.Dense(3))
    return model, Port(forward, a=nn.Linear(6, 4), b=nn.Linear(6, 4), c=nn.Linear(8, 3))


@case
def a_layer_in_two() -> Pair:
    return parted(F.relu)


@case
def a_layer_in_two_and_another_activation() -> Pair:
    return parted(F.gelu)


def of_words(layer: Any, width: int, module: nn.Module, states: int) -> Pair:
    """width, states: of the port's rows and of what its recurrent layer gives."""
    x = keras.Input((7,), dtype="int32")
    model = keras.Model(x, L.Dense(3)(layer(L.Embedding(20, 5)(x))))

    def forward(m: Any, x: Tensor) -> Any:
        return m.c(m.b(m.a(x.long()))[0][:, -1])

    return model, Port(forward, a=nn.Embedding(20, width), b=module, c=nn.Linear(states, 3))


@case
def states_of_another_width() -> Pair:
    return of_words(L.LSTM(6), 5, nn.LSTM(5, 8, batch_first=True), 8)


@case
def rows_of_another_width() -> Pair:
    return of_words(L.GRU(6), 4, nn.GRU(4, 6, batch_first=True), 6)


# --- A table that is asked for rows which it has not ---
class Looked(L.Layer):  # type: ignore[misc]
    def __init__(self, words: int, places: int) -> None:
        super().__init__()
        self.words, self.places = L.Embedding(words, 5), L.Embedding(places, 5)

    def call(self, x: Any) -> Any:
        return self.words(x) + self.places(ops.arange(x.shape[1]))


def looked_up(words: nn.Module, places: nn.Module, act: Any = F.relu) -> Pair:
    layers = Looked(20, 7), L.Dense(4, activation="relu"), L.GlobalAveragePooling1D(), L.Dense(3)

    def forward(m: Any, x: Tensor) -> Any:
        h = m.words(x.long()) + m.places(torch.arange(x.shape[1]))
        return m.b(act(m.a(h)).mean(1))

    parts = {"words": words, "places": places, "a": nn.Linear(5, 4), "b": nn.Linear(4, 3)}
    x = keras.Input((7,), dtype="int32")
    return keras.Sequential([x, *layers]), Port(forward, **parts)


class Rows(nn.Module):
    def __init__(self, count: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(count, 5))

    def forward(self, x: Tensor) -> Tensor:
        return F.embedding(x, self.weight)


@case
def as_many_rows() -> Pair:
    return looked_up(nn.Embedding(20, 5), Rows(7))


@case
def more_rows() -> Pair:
    return looked_up(nn.Embedding(22, 5), nn.Embedding(9, 5))


@case
def fewer_words() -> Pair:
    return looked_up(nn.Embedding(19, 5), nn.Embedding(7, 5))


@case
def fewer_words_by_a_function_and_another_activation() -> Pair:
    return looked_up(Rows(16), nn.Embedding(7, 5), torch.tanh)


@case
def fewer_places() -> Pair:
    return looked_up(nn.Embedding(20, 5), nn.Embedding(6, 5))


@case
def tables_of_two_inputs_in_the_other_order() -> Pair:
    a, b = keras.Input((4,), dtype="int32"), keras.Input((4,), dtype="int32")
    rows = L.Concatenate()([L.Embedding(30, 3)(a), L.Embedding(5, 2)(b)])

    def forward(m: Any, b: Tensor, a: Tensor) -> Any:
        return m.out(torch.cat([m.a(a.long()), m.b(b.long())], -1))

    parts = {"a": nn.Embedding(30, 3), "b": nn.Embedding(5, 2), "out": nn.Linear(5, 2)}
    return keras.Model([a, b], L.Dense(2)(rows)), Port(forward, **parts)


# --- Pictures of another size, flattened ---
def flattened(
    port: nn.Module, features: int, *more: Any, pool: Any = None, **settings: Any
) -> Pair:
    """features: as many as the port's first linear layer takes."""
    conv = L.Conv2D(4, 3, activation="relu", **settings)
    last = *more, L.Flatten(), L.Dense(8, activation="relu"), L.Dense(3)

    def forward(m: Any, x: Tensor) -> Any:
        x = F.relu(m.a(x))
        x = pool(x) if pool is not None else x
        return m.c(F.relu(m.b(x.flatten(1))))

    parts = {"a": port, "b": nn.Linear(features, 8), "c": nn.Linear(8, 3)}
    return sequence((8, 8, 3), conv, *last), Port(forward, **parts)


def halved(x: Tensor) -> Tensor:
    return F.max_pool2d(x, 2)


@case
def pictures_as_large() -> Pair:
    conv = nn.Conv2d(3, 4, 3, padding=1)
    return flattened(conv, 64, L.MaxPooling2D(), pool=halved, padding="same")


@case
def pictures_that_are_not_padded() -> Pair:
    return flattened(nn.Conv2d(3, 4, 3), 36, L.MaxPooling2D(), pool=halved, padding="same")


@case
def pictures_of_each_second_place() -> Pair:
    conv = nn.Conv2d(3, 4, 3, padding=1)
    return flattened(conv, 256, padding="same", strides=2)


@case
def pictures_that_are_not_pooled() -> Pair:
    return flattened(nn.Conv2d(3, 4, 3, padding=1), 256, L.MaxPooling2D(), padding="same")


@case
def pictures_that_are_pooled_in_the_port_alone() -> Pair:
    return flattened(nn.Conv2d(3, 4, 3, padding=1), 64, pool=halved, padding="same")


@case
def pictures_of_other_windows() -> Pair:
    conv = nn.Conv2d(3, 4, 3, padding=1)
    return flattened(conv, 64, L.MaxPooling2D(4), pool=halved, padding="same")


@case
def pictures_seen_through_another_kernel() -> Pair:
    return flattened(nn.Conv2d(3, 4, 5), 64)


@case
def pictures_seen_through_another_kernel_that_is_padded() -> Pair:
    return flattened(nn.Conv2d(3, 4, 5, padding=2), 256, padding="same")


@case
def pictures_of_other_filters() -> Pair:
    return flattened(nn.Conv2d(3, 6, 3), 216)


@case
def pictures_that_are_flattened_where_they_have_a_mean() -> Pair:
    layers = L.GlobalAveragePooling2D(), L.Dense(3)
    model = sequence((8, 8, 3), L.Conv2D(4, 3, activation="relu"), *layers)
    port = nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 3)
    return model, nn.Sequential(*port)


def main() -> None:
    reports = CASES.checked()
    print(json.dumps({n: [x.verdict, causes(x), x.mended] for n, x in reports.items()}))


if __name__ == "__main__":
    main()
