"""More ports for tests/live_placed.py: sequences whose steps are masked, left out or counted."""

from typing import Any

import keras
import numpy as np
import torch
from keras import layers as L
from keras import ops
from torch import Tensor, nn

from tests.checked import Cases

CASES = Cases()
case = CASES.add


class Masked(nn.Module):
    """The state of an RNN behind the last step that is not masked."""

    def __init__(self, is_masked: bool, steps: int = 6) -> None:
        super().__init__()
        self.rnn = nn.RNN(3, 4, batch_first=True)
        self.is_masked, self.steps = is_masked, steps

    def forward(self, x: Tensor) -> Any:
        steps = self.rnn(x)[0]
        count = (
            (x != -1).any(-1).sum(1) if self.is_masked else x.new_full((len(x),), self.steps).long()
        )
        return steps[torch.arange(len(x)), count - 1]


def masked(is_masked: bool) -> Any:
    x = np.random.default_rng(0).normal(size=(4, 6, 3)).astype("float32")
    x[1, 4:] = x[2, 2:] = -1
    layers = L.Masking(-1.0), L.SimpleRNN(4)
    return keras.Sequential([keras.Input((6, 3)), *layers]), Masked(is_masked), x


@case
def steps_masked_by_a_number() -> Any:
    return masked(is_masked=True)


@case
def a_mask_of_a_number_that_is_lost() -> Any:
    return masked(is_masked=False)


class Attending(nn.Module):
    """Keys that are padded are left out; queries alone are not, as they are in Keras."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x: Tensor) -> Any:
        return self.attention(x, x, x, key_padding_mask=(x == 0).all(-1))[0]


@case
def padded_queries_that_attend() -> Any:
    taken = keras.Input((7, 8))
    kept = L.Masking(0.0)(taken)
    return keras.Model(taken, L.MultiHeadAttention(2, 4)(kept, kept)), Attending()


class Averaged(nn.Module):
    def __init__(self, is_masked: bool) -> None:
        super().__init__()
        self.dense, self.is_masked = nn.Linear(4, 3), is_masked

    def forward(self, x: Tensor) -> Any:
        if not self.is_masked:
            return self.dense(x.mean(1))
        counts = (x != -2).any(-1, keepdim=True).to(x)
        return self.dense((x * counts).sum(1) / counts.sum(1))


def averaged(is_masked: bool) -> Any:
    layers = L.Masking(-2.0), L.GlobalAveragePooling1D(), L.Dense(3)
    return keras.Sequential([keras.Input((7, 4)), *layers]), Averaged(is_masked)


@case
def masked_steps_of_drawn_inputs() -> Any:
    return averaged(is_masked=True)


@case
def masked_steps_of_drawn_inputs_counted() -> Any:
    return averaged(is_masked=False)


class OneOnesOwn(keras.Model):  # type: ignore[misc]
    """Its mask is made by operations that stand in no graph."""

    def __init__(self) -> None:
        super().__init__()
        self.mask, self.rnn = L.Masking(0.0), L.SimpleRNN(4)

    def call(self, x: Any) -> Any:
        return self.rnn(self.mask(x))


@case
def a_mask_that_is_lost_from_a_model_of_ones_own() -> Any:
    model = OneOnesOwn()
    model(np.zeros((1, 7, 3), "float32"))
    return model, Masked(is_masked=False, steps=7)


def counted(x: Any) -> Any:
    """The squares of what steps hold, and one for each that is not zeros throughout."""
    mask = ops.cast(ops.sum(ops.abs(x), -1, keepdims=True) != 0, x.dtype)
    return ops.sum(mask + ops.square(x), 1)


@case
def a_mask_by_a_function_of_ones_own() -> Any:
    model = keras.Sequential([keras.Input((7, 4)), L.Lambda(counted), L.Dense(3)])
    return model, Counted(is_masked=True)


@case
def a_mask_by_a_function_of_ones_own_that_is_lost() -> Any:
    model = keras.Sequential([keras.Input((7, 4)), L.Lambda(counted), L.Dense(3)])
    return model, Counted(is_masked=False)


class Counted(nn.Module):
    def __init__(self, is_masked: bool) -> None:
        super().__init__()
        self.dense, self.is_masked = nn.Linear(4, 3), is_masked

    def forward(self, x: Tensor) -> Any:
        counts = (x != 0).any(-1, keepdim=True).to(x) if self.is_masked else 1.0
        return self.dense((counts + x**2).sum(1))


class Bag(nn.Module):
    def __init__(self, mode: str) -> None:
        super().__init__()
        self.table, self.out = nn.EmbeddingBag(30, 6, mode=mode), nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Any:
        return self.out(self.table(x.long()))


def bag(mode: str) -> Any:
    layers = L.Embedding(30, 6), L.GlobalAveragePooling1D(), L.Dense(2)
    return keras.Sequential([keras.Input((7,), dtype="int32"), *layers]), Bag(mode)


@case
def a_bag_of_embeddings() -> Any:
    return bag("mean")


@case
def a_bag_of_embeddings_that_is_summed() -> Any:
    return bag("sum")
