"""Live pairs with a layer on one side alone, so that another one's weights do not fit, for
tests/live_placed.py."""

from itertools import pairwise
from typing import Any

from keras import layers as L
from torch import Tensor, nn
from torch.nn import functional as F

from tests.checked import Cases
from tests.live_field import Pair, sequence

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
def a_layer_of_another_width_that_keras_has_not() -> Pair:
    return dense(6, 5, 3, port=(6, 5, 7, 3))


@case
def a_convolution_of_other_filters_lost() -> Pair:
    return pictures((4, 8), (4,))


@case
def a_convolution_of_other_filters_that_keras_has_not() -> Pair:
    return pictures((4,), (4, 8))
