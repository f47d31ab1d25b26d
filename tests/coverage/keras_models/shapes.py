"""Shapes."""

from typing import Any

from keras import layers

from tests.coverage.keras_models.row import row


def flatten_dense() -> Any:
    return row((5, 4, 3), layers.Flatten(name="flatten"), layers.Dense(2, name="dense"))


def reshape() -> Any:
    return row(
        (6,), layers.Dense(24, name="dense"), layers.Reshape((2, 4, 3), name="reshape"),
        layers.Conv2D(2, 2, name="conv"),
    )  # fmt: skip


def permute() -> Any:
    return row((5, 3), layers.Permute((2, 1), name="permute"), layers.Dense(4, name="dense"))


def repeat_vector() -> Any:
    return row((3,), layers.RepeatVector(5, name="repeat"), layers.LSTM(4, name="rnn"))
