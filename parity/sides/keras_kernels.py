"""Keras's convolutions, where TensorFlow has no kernel for them on a CPU.

With channels first it has none outside of a compiled graph, in which Keras's own users run them;
those in groups Keras compiles itself. Compiled anew for each pass, three layers took a second each
time, and for a convolution channel by channel XLA makes a kernel of all channels by all, most of it
zeros: 16 s and 2 GB for a large ConvNeXt in float64. With channels last and group by group they
take none of it.
"""

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import keras

KINDS = ("conv", "conv_transpose")  # Keras itself turns what the others take


@contextlib.contextmanager
def uncompiled() -> Iterator[None]:
    """Let convolutions be computed by kernels that TensorFlow has on a CPU."""
    if keras.backend.backend() != "tensorflow" or _has_gpu():
        yield
        return
    from keras.src.backend.tensorflow import nn

    own = {kind: getattr(nn, kind) for kind in KINDS}
    try:
        for kind, function in own.items():
            setattr(nn, kind, _turned(_parted(function) if kind == "conv" else function))
        yield
    finally:
        for kind, function in own.items():
            setattr(nn, kind, function)


def _turned(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same with channels last."""
    import tensorflow as tf

    signature = inspect.signature(function)

    def run(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        given = bound.arguments
        order = given.get("data_format") or keras.config.image_data_format()
        if order != "channels_first":
            return function(*args, **kwargs)
        inputs = tf.convert_to_tensor(given["inputs"])
        *rest, last = range(inputs.shape.rank)
        given["inputs"] = tf.transpose(inputs, (0, *rest[2:], last, 1))
        given["data_format"] = "channels_last"
        return tf.transpose(function(*bound.args, **bound.kwargs), (0, last, *rest[1:]))

    return run


def _parted(conv: Callable[..., Any]) -> Callable[..., Any]:
    """The same group by group, of channels that are last."""
    import tensorflow as tf
    from keras.src.backend.tensorflow import nn

    @functools.wraps(conv)
    def run(inputs: Any, kernel: Any, strides: Any = 1, *given: Any, **named: Any) -> Any:
        strides, *args = (_tupled(x) for x in (strides, *given))
        kwargs = {name: _tupled(x) for name, x in named.items()}
        kernel = tf.convert_to_tensor(kernel)
        channels, taken = inputs.shape[-1], kernel.shape[-2]
        if channels == taken:
            return conv(inputs, kernel, strides, *args, **kwargs)
        is_even = isinstance(strides, int) or len({*strides}) == 1
        if taken == 1 and kernel.shape.rank in (3, 4) and is_even:  # TensorFlow has no other
            each = tf.reshape(kernel, (*kernel.shape[:-2], channels, -1))
            return nn.depthwise_conv(inputs, each, strides, *args, **kwargs)
        parts = (tf.split(x, channels // taken, -1) for x in (inputs, kernel))
        found = [conv(*part, strides, *args, **kwargs) for part in zip(*parts, strict=True)]
        return tf.concat(found, -1)

    return run


def _tupled(value: Any) -> Any:
    """What Keras joins to tuples, though it hands on lists."""
    return tuple(value) if isinstance(value, list) else value


@functools.cache
def _has_gpu() -> bool:
    import tensorflow as tf

    return bool(tf.config.list_physical_devices("GPU"))
