"""Tokens and sequences."""

from typing import Any

import keras
from keras import layers

from tests.coverage.keras_models.row import row

BATCH = 4  # of a stateful layer


def embedding() -> Any:
    return keras.Sequential(
        [keras.Input((7,), dtype="int32", name="x"), layers.Embedding(11, 4, name="embed")]
    )


def embedding_masked_lstm() -> Any:
    return keras.Sequential(
        [
            keras.Input((7,), dtype="int32", name="x"),
            layers.Embedding(11, 4, mask_zero=True, name="embed"),
            layers.LSTM(5, return_sequences=True, name="first"),
            layers.LSTM(3, name="second"),
        ]
    )


def embedding_masked_average() -> Any:
    return keras.Sequential(
        [
            keras.Input((7,), dtype="int32", name="x"),
            layers.Embedding(11, 4, mask_zero=True, name="embed"),
            layers.GlobalAveragePooling1D(name="pool"),
        ]
    )


def simple_rnn() -> Any:
    return row((6, 3), layers.SimpleRNN(4, name="rnn"))


def lstm() -> Any:
    return row((6, 3), layers.LSTM(4, name="rnn"), layers.Dense(2, name="out"))


def lstm_sequences() -> Any:
    return row((6, 3), layers.LSTM(4, return_sequences=True, use_bias=False, name="rnn"))


def lstm_stacked() -> Any:
    return row(
        (6, 3),
        layers.LSTM(4, return_sequences=True, name="first"),
        layers.LSTM(5, name="second"),
    )


def lstm_stacked_cells() -> Any:
    return row((6, 3), layers.RNN([layers.LSTMCell(4), layers.LSTMCell(4)], name="rnn"))


def lstm_stateful() -> Any:
    x = keras.Input(batch_shape=(BATCH, 6, 3), name="x")
    return keras.Sequential([x, layers.LSTM(4, stateful=True, name="rnn")])


def lstm_activations() -> Any:
    return row(
        (6, 3),
        layers.LSTM(4, activation="relu", recurrent_activation="hard_sigmoid", name="rnn"),
    )


def lstm_backwards() -> Any:
    return row((6, 3), layers.LSTM(4, go_backwards=True, return_sequences=True, name="rnn"))


def gru() -> Any:
    return row((6, 3), layers.GRU(4, return_sequences=True, name="rnn"))


def gru_reset_before() -> Any:
    return row((6, 3), layers.GRU(4, reset_after=False, name="rnn"))


def bidirectional_lstm() -> Any:
    return row((6, 3), layers.Bidirectional(layers.LSTM(4), name="rnn"))


def bidirectional_gru() -> Any:
    return row((6, 3), layers.Bidirectional(layers.GRU(4, return_sequences=True), name="rnn"))


def bidirectional_sum() -> Any:
    return row(
        (6, 3),
        layers.Bidirectional(layers.SimpleRNN(4, activation="relu"), merge_mode="sum", name="rnn"),
    )
