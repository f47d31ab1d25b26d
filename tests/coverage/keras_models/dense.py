"""Dense."""

from typing import Any

from keras import layers

from tests.coverage.keras_models.row import row


def dense() -> Any:
    return row(
        (6,),
        layers.Dense(5, activation="relu", name="hidden"),
        layers.Dense(5, use_bias=False, name="square"),
        layers.Dense(3, activation="softmax", name="out"),
    )


def dense_on_maps() -> Any:
    return row((5, 7, 3), layers.Dense(4, activation="relu", name="dense"))


def dense_on_sequences() -> Any:
    return row((5, 3), layers.Dense(4, name="dense"))


def dense_by_hand() -> Any:
    return row((6,), layers.Dense(4, name="dense"), layers.Dense(4, name="square"))


def einsum_dense() -> Any:
    return row((5, 3), layers.EinsumDense("abc,cd->abd", (None, 4), bias_axes="d", name="einsum"))


def einsum_dense_many_axes() -> Any:
    return row(
        (5, 3, 2),
        layers.EinsumDense("abcd,cdef->abef", (None, 4, 3), bias_axes="ef", name="einsum"),
        layers.EinsumDense("abef,feg->abg", (None, 5), name="back"),
    )
