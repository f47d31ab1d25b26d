"""Padding, cropping, pooling, sizes."""

from typing import Any

from keras import layers

from tests.coverage.keras_models.row import row


def zero_padding1d() -> Any:
    return row((6, 3), layers.ZeroPadding1D((1, 2), name="pad"))


def zero_padding2d() -> Any:
    return row((6, 5, 3), layers.ZeroPadding2D(((1, 2), (0, 3)), name="pad"))


def cropping1d() -> Any:
    return row((8, 3), layers.Cropping1D((1, 2), name="crop"))


def cropping2d() -> Any:
    return row((8, 9, 3), layers.Cropping2D(((1, 2), (0, 3)), name="crop"))


def max_pooling1d_valid() -> Any:
    return row((9, 3), layers.MaxPooling1D(2, name="pool"))


def max_pooling1d_same() -> Any:
    return row((9, 3), layers.MaxPooling1D(2, padding="same", name="pool"))


def max_pooling2d_valid() -> Any:
    return row((9, 8, 3), layers.MaxPooling2D((3, 2), strides=2, name="pool"))


def max_pooling2d_same() -> Any:
    return row((7, 5, 3), layers.MaxPooling2D(2, padding="same", name="pool"))


def max_pooling2d_same_overlapping() -> Any:
    return row((8, 6, 3), layers.MaxPooling2D(3, strides=2, padding="same", name="pool"))


def max_pooling3d_valid() -> Any:
    return row((5, 6, 7, 2), layers.MaxPooling3D(2, name="pool"))


def max_pooling3d_same() -> Any:
    return row((5, 6, 7, 2), layers.MaxPooling3D(2, padding="same", name="pool"))


def average_pooling1d_valid() -> Any:
    return row((9, 3), layers.AveragePooling1D(3, strides=2, name="pool"))


def average_pooling1d_same() -> Any:
    return row((9, 3), layers.AveragePooling1D(2, padding="same", name="pool"))


def average_pooling2d_valid() -> Any:
    return row((9, 7, 3), layers.AveragePooling2D(2, name="pool"))


def average_pooling2d_same() -> Any:
    return row((9, 7, 3), layers.AveragePooling2D(3, strides=2, padding="same", name="pool"))


def average_pooling2d_same_even() -> Any:
    return row((8, 6, 3), layers.AveragePooling2D(3, strides=2, padding="same", name="pool"))


def average_pooling3d_same() -> Any:
    return row((5, 6, 7, 2), layers.AveragePooling3D(2, padding="same", name="pool"))


def global_average_pooling1d() -> Any:
    return row((7, 3), layers.GlobalAveragePooling1D(name="pool"))


def global_average_pooling2d() -> Any:
    return row((7, 5, 3), layers.GlobalAveragePooling2D(name="pool"))


def global_max_pooling1d() -> Any:
    return row((7, 3), layers.GlobalMaxPooling1D(name="pool"))


def global_max_pooling2d() -> Any:
    return row((7, 5, 3), layers.GlobalMaxPooling2D(keepdims=True, name="pool"))


def upsampling1d() -> Any:
    return row((5, 3), layers.UpSampling1D(2, name="up"))


def upsampling2d_nearest() -> Any:
    return row((5, 4, 3), layers.UpSampling2D((2, 3), name="up"))


def upsampling2d_bilinear() -> Any:
    return row((5, 4, 3), layers.UpSampling2D(2, interpolation="bilinear", name="up"))


def resizing_bilinear() -> Any:
    return row((5, 4, 3), layers.Resizing(7, 9, name="resize"))
