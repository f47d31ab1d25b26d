"""Ports whose convolutions have more axes than Keras's, or fewer, for tests/live_placed.py."""

from typing import Any

import keras
import torch
from keras import layers as L
from torch import nn
from torch.nn import functional as F

from tests.checked import Cases
from tests.live_field import Pair, Port, sequence

CASES = Cases()
case = CASES.add


@case
def a_sequence_as_an_image_of_one_row() -> Pair:
    model = sequence((12, 3), L.Conv1D(5, 3, strides=2, padding="causal"), L.BatchNormalization())

    def forward(m: Any, x: Any) -> Any:
        return m.norm(m.conv(F.pad(x[:, :, None], (2, 0)))).squeeze(2)

    conv = nn.Conv2d(3, 5, (1, 3), stride=(1, 2))
    return model, Port(forward, conv=conv, norm=nn.BatchNorm2d(5, eps=1e-3))


@case
def an_image_of_one_row_as_a_sequence() -> Pair:
    depthwise = L.DepthwiseConv2D((1, 5), depth_multiplier=2, activation="elu")
    model = sequence((1, 16, 3), depthwise, L.GlobalAveragePooling2D())
    conv = nn.Conv1d(3, 6, 5, groups=3)
    return model, Port(lambda m, x: F.elu(m.conv(x.squeeze(2))).mean(-1), conv=conv)


@case
def a_sequence_made_longer_as_an_image() -> Pair:
    conv = nn.ConvTranspose2d(3, 4, (1, 2), stride=(1, 2))
    model = sequence((6, 3), L.Conv1DTranspose(4, 2, strides=2), L.Dense(2))
    return model, Port(
        lambda m, x: m.out(m.conv(x[:, :, None]).squeeze(2).mT), conv=conv, out=nn.Linear(4, 2)
    )


def words(activation: Any, is_turned: bool = False) -> Pair:
    """Kim's: torch's convolutions see the features of words as a picture's columns, or rows."""
    x = keras.Input((12, 6))
    each = [L.GlobalMaxPooling1D()(L.Conv1D(4, k, activation="relu")(x)) for k in (3, 4)]
    model = keras.Model(x, L.Dense(2)(L.Concatenate()(each)))

    def forward(m: Any, x: Any) -> Any:
        x = (x.mT if is_turned else x)[:, None]
        each = [activation(conv(x)).flatten(2).amax(2) for conv in m.convs]
        return m.out(torch.cat(each, 1))

    sizes = [(6, k) if is_turned else (k, 6) for k in (3, 4)]
    convs = nn.ModuleList(nn.Conv2d(1, 4, size) for size in sizes)
    return model, Port(forward, convs=convs, out=nn.Linear(8, 2))


@case
def features_of_words_as_columns() -> Pair:
    return words(F.relu)


@case
def features_of_words_as_rows() -> Pair:
    return words(F.relu, is_turned=True)


@case
def features_of_words_as_columns_before_another_activation() -> Pair:
    return words(F.elu)


@case
def columns_as_features() -> Pair:
    model = sequence((16, 6, 1), L.Conv2D(4, (3, 6)), L.Reshape((14, 4)), L.Dense(2))
    conv = nn.Conv1d(6, 4, 3)
    return model, Port(lambda m, x: m.out(m.conv(x[:, 0].mT).mT), conv=conv, out=nn.Linear(4, 2))
