"""Normalisation."""

from typing import Any

from keras import layers

from tests.coverage.keras_models.row import row


def batch_normalization() -> Any:
    return row((6,), layers.BatchNormalization(name="norm"))


def batch_normalization_maps() -> Any:
    return row((6, 5, 3), layers.BatchNormalization(epsilon=1e-5, momentum=0.9, name="norm"))


def batch_normalization_volumes() -> Any:
    return row((3, 5, 4, 2), layers.BatchNormalization(name="norm"))


def batch_normalization_plain() -> Any:
    return row((6, 5, 3), layers.BatchNormalization(scale=False, center=False, name="norm"))


def batch_normalization_unscaled() -> Any:
    return row((6, 5, 3), layers.BatchNormalization(scale=False, name="norm"))


def batch_normalization_uncentered() -> Any:
    return row((6, 5, 3), layers.BatchNormalization(center=False, name="norm"))


def layer_normalization() -> Any:
    return row((5, 6), layers.LayerNormalization(name="norm"))


def layer_normalization_maps() -> Any:
    return row((5, 4, 3), layers.LayerNormalization(axis=[1, 2, 3], name="norm"))


def layer_normalization_channels() -> Any:
    return row((5, 4, 3), layers.LayerNormalization(center=False, name="norm"))


def group_normalization() -> Any:
    return row((5, 4, 6), layers.GroupNormalization(groups=3, name="norm"))


def unit_normalization() -> Any:
    return row((5, 6), layers.UnitNormalization(name="norm"))


def rms_normalization() -> Any:
    return row((5, 6), layers.RMSNormalization(name="norm"))


def rescaling_normalization() -> Any:
    return row(
        (5, 4, 3),
        layers.Rescaling(1 / 128, offset=-1.0, name="rescale"),
        layers.Normalization(mean=[0.5, -0.25, 0.125], variance=[4.0, 0.25, 1.5], name="norm"),
        layers.Conv2D(2, 3, name="conv"),
    )
