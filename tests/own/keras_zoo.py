"""keras.applications, small."""

from typing import Any

import keras


def mobilenet() -> Any:
    return keras.applications.MobileNetV2(input_shape=(96, 96, 3), alpha=0.35, weights=None)


def vgg() -> Any:
    """Its convolutions, and the mean of their maps."""
    return keras.applications.VGG16(
        include_top=False, input_shape=(64, 48, 3), weights=None, pooling="avg"
    )
