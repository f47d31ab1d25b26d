"""Convolutions."""

from typing import Any

from keras import layers

from tests.coverage.keras_models.row import row


def conv1d_valid() -> Any:
    return row((9, 3), layers.Conv1D(4, 3, strides=2, activation="relu", name="conv"))


def conv1d_same() -> Any:
    return row((9, 3), layers.Conv1D(4, 4, padding="same", name="conv"))


def conv1d_causal() -> Any:
    return row((9, 3), layers.Conv1D(4, 3, padding="causal", dilation_rate=2, name="conv"))


def conv2d_valid() -> Any:
    return row((8, 7, 3), layers.Conv2D(4, (3, 2), activation="relu", name="conv"))


def conv2d_same() -> Any:
    return row((8, 7, 3), layers.Conv2D(4, (3, 2), padding="same", use_bias=False, name="conv"))


def conv2d_same_strided() -> Any:
    return row((8, 6, 3), layers.Conv2D(4, 3, strides=2, padding="same", name="conv"))


def conv2d_dilated() -> Any:
    return row((9, 8, 3), layers.Conv2D(4, (3, 2), dilation_rate=2, padding="same", name="conv"))


def conv2d_grouped() -> Any:
    return row((8, 7, 4), layers.Conv2D(6, (3, 2), groups=2, name="conv"))


def conv2d_1x1() -> Any:
    return row((5, 7, 3), layers.Conv2D(4, 1, name="conv"))


def conv3d_valid() -> Any:
    return row((5, 7, 6, 2), layers.Conv3D(3, (2, 3, 2), strides=(1, 2, 1), name="conv"))


def conv3d_same() -> Any:
    return row((5, 6, 4, 2), layers.Conv3D(3, 3, strides=2, padding="same", name="conv"))


def depthwise_conv1d() -> Any:
    return row((9, 3), layers.DepthwiseConv1D(3, depth_multiplier=2, name="conv"))


def depthwise_conv2d() -> Any:
    return row(
        (8, 7, 3),
        layers.DepthwiseConv2D((3, 2), depth_multiplier=2, padding="same", name="conv"),
    )


def separable_conv1d() -> Any:
    return row((9, 3), layers.SeparableConv1D(4, 3, depth_multiplier=2, name="conv"))


def separable_conv2d() -> Any:
    return row(
        (8, 6, 3),
        layers.SeparableConv2D(
            4, 3, strides=2, padding="same", depth_multiplier=2, activation="relu", name="conv"
        ),
    )


def conv1d_transpose_valid() -> Any:
    return row((5, 3), layers.Conv1DTranspose(4, 3, strides=2, name="conv"))


def conv1d_transpose_same() -> Any:
    return row((5, 3), layers.Conv1DTranspose(4, 3, strides=2, padding="same", name="conv"))


def conv2d_transpose_valid() -> Any:
    return row((5, 4, 3), layers.Conv2DTranspose(2, (3, 2), strides=(2, 1), name="conv"))


def conv2d_transpose_same() -> Any:
    return row((5, 4, 3), layers.Conv2DTranspose(2, 3, strides=2, padding="same", name="conv"))


def conv2d_transpose_even() -> Any:
    return row((5, 4, 3), layers.Conv2DTranspose(2, 4, strides=2, padding="same", name="conv"))


def conv2d_transpose_output_padding() -> Any:
    return row(
        (5, 4, 3),
        layers.Conv2DTranspose(2, 3, strides=2, output_padding=1, name="conv"),
    )


def conv3d_transpose_same() -> Any:
    return row((3, 4, 2, 3), layers.Conv3DTranspose(2, 3, strides=2, padding="same", name="conv"))
