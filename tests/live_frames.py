"""More ports for tests/live_placed.py: frames of a sequence that become samples and a sequence
again, and attention whose heads stand behind the positions in Keras, before them in the port."""

from collections.abc import Callable
from typing import Any

import keras
import torch
from keras import layers as L
from keras import ops
from torch import Tensor, nn
from torch.nn import functional as F

from tests.checked import Cases

CASES = Cases()
case = CASES.add


class Video(nn.Module):
    """Each frame through a network, and these through a recurrent layer."""

    def __init__(self, run: Callable[["Video", Tensor], Tensor]) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(2, 3, 3, padding=1), nn.MaxPool2d(2), nn.Flatten())
        self.proj, self.rnn = nn.Linear(12, 5), nn.GRU(5, 4, batch_first=True)
        self.run = run

    def forward(self, video: Tensor) -> Any:  # (N, T, C, H, W)
        return self.rnn(self.run(self, video))[0][:, -1]


def video(run: Callable[[Video, Tensor], Tensor]) -> Any:
    model = keras.Sequential(
        [
            keras.Input((3, 4, 4, 2)),
            L.TimeDistributed(L.Conv2D(3, 3, padding="same")),
            L.TimeDistributed(L.MaxPooling2D()),
            L.TimeDistributed(L.Flatten()),
            L.TimeDistributed(L.Dense(5, activation="tanh")),
            L.GRU(4),
        ]
    )
    return model, Video(run)


def features(m: Video, frames: Tensor) -> Tensor:
    return torch.tanh(m.proj(m.stem(frames)))


@case
def flattened_frames_as_samples() -> Any:
    return video(lambda m, x: features(m, x.flatten(0, 1)).view(len(x), 3, 5))


@case
def flattened_frames_that_become_a_sequence_at_once() -> Any:
    return video(lambda m, x: torch.tanh(m.proj(m.stem(x.flatten(0, 1)).view(len(x), 3, 12))))


@case
def flattened_frames_one_by_one() -> Any:
    return video(lambda m, x: torch.stack([features(m, frame) for frame in x.unbind(1)], 1))


@case
def flattened_frames_without_their_activation() -> Any:
    return video(lambda m, x: m.proj(m.stem(x.flatten(0, 1))).view(len(x), 3, 5))


@case
def frames_read_as_if_they_were_samples() -> Any:
    return video(lambda m, x: features(m, x.flatten(0, 1)).reshape(3, len(x), 5).transpose(0, 1))


@case
def samples_read_as_if_they_were_frames() -> Any:
    return video(lambda m, x: features(m, x.transpose(0, 1).flatten(0, 1)).view(len(x), 3, 5))


class Attention(L.Layer):  # type: ignore[misc]
    """Two heads, which stay behind the positions: (N, T, heads, size)."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.both, self.out = L.Dense(8), L.Dense(16), L.Dense(8)

    def call(self, x: Any) -> Any:
        key, value = ops.split(self.both(x), 2, axis=-1)
        query, key, value = (ops.reshape(y, (-1, 5, 2, 4)) for y in (self.query(x), key, value))
        weights = ops.softmax(ops.einsum("bqhd,bkhd->bhqk", query, key) / 2.0)
        return self.out(ops.reshape(ops.einsum("bhqk,bkhd->bqhd", weights, value), (-1, 5, 8)))


class Packed(nn.Module):
    """The same, with heads in front of the positions: (N, heads, T, size)."""

    def __init__(self, dim: int = -1, heads: int = 2) -> None:
        super().__init__()
        self.qkv, self.out = nn.Linear(8, 24), nn.Linear(8, 8)
        self.dim, self.heads = dim, heads

    def forward(self, x: Tensor) -> Any:
        parts = self.qkv(x).chunk(3, -1)
        query, key, value = (y.view(len(x), 5, self.heads, -1).transpose(1, 2) for y in parts)
        weights = F.softmax(query @ key.transpose(-1, -2) / 2, self.dim)
        return self.out((weights @ value).transpose(1, 2).reshape(x.shape))


def attention(port: Packed) -> Any:
    return keras.Sequential([keras.Input((5, 8)), Attention()]), port


@case
def heads_before_positions() -> Any:
    return attention(Packed())


@case
def heads_before_positions_and_a_softmax_over_another_axis() -> Any:
    return attention(Packed(-2))


class Stacked(L.Layer):  # type: ignore[misc]
    """Two heads again, of one matrix."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.out = L.Dense(24), L.Dense(8)

    def call(self, x: Any) -> Any:
        parts = ops.transpose(ops.reshape(self.qkv(x), (-1, 5, 3, 2, 4)), (2, 0, 3, 1, 4))
        weights = ops.softmax(ops.matmul(parts[0], ops.swapaxes(parts[1], -1, -2)) / 2.0)
        heads = ops.transpose(ops.matmul(weights, parts[2]), (0, 2, 1, 3))
        return self.out(ops.reshape(heads, (-1, 5, 8)))


@case
def more_heads_than_keras_has() -> Any:
    return keras.Sequential([keras.Input((5, 8)), Stacked()]), Packed(heads=4)


class Module(nn.Module):
    def __init__(self, heads: int, **settings: Any) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(8, heads, **settings)

    def forward(self, x: Tensor) -> Any:
        return self.attention(x, x, x)[0]


def stacked(port: Module) -> Any:
    return keras.Sequential([keras.Input((5, 8)), Stacked()]), port


@case
def attention_of_ones_own_by_a_module() -> Any:
    return stacked(Module(2, batch_first=True))


@case
def attention_of_ones_own_by_a_module_that_takes_steps_first() -> Any:
    return stacked(Module(2))


@case
def attention_of_ones_own_by_a_module_of_more_heads() -> Any:
    return stacked(Module(4, batch_first=True))
