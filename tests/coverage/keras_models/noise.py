"""Noise, which does nothing at inference."""

from typing import Any

from keras import layers

from tests.coverage.keras_models.row import row


def dropouts() -> Any:
    return row(
        (6, 5, 3),
        layers.Dropout(0.5, name="dropout"),
        layers.SpatialDropout2D(0.5, name="spatial"),
        layers.Conv2D(4, 3, name="conv"),
        layers.AlphaDropout(0.5, name="alpha"),
        layers.GaussianDropout(0.5, name="gaussian"),
    )


def spatial_dropout1d() -> Any:
    return row((6, 3), layers.SpatialDropout1D(0.5, name="spatial"), layers.LSTM(4, name="rnn"))


def gaussian_noise() -> Any:
    return row((6,), layers.GaussianNoise(0.5, name="noise"), layers.Dense(3, name="out"))
