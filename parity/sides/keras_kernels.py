"""Keras's convolutions with channels first, where TensorFlow has no kernel for them.

On a CPU it has none outside of a compiled graph, in which Keras's own users run them. Compiled
anew for each pass, three layers took a second each time; with channels last they take none.
"""

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import keras

KINDS = ("conv", "conv_transpose")  # Keras itself turns what the others take


@contextlib.contextmanager
def channels_last() -> Iterator[None]:
    """Let convolutions with channels first be computed with channels last, on a CPU."""
    if keras.backend.backend() != "tensorflow" or _has_gpu():
        yield
        return
    from keras.src.backend.tensorflow import nn

    own = {kind: getattr(nn, kind) for kind in KINDS}
    try:
        for kind, function in own.items():
            setattr(nn, kind, _turned(function))
        yield
    finally:
        for kind, function in own.items():
            setattr(nn, kind, function)


def _turned(function: Callable[..., Any]) -> Callable[..., Any]:
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


@functools.cache
def _has_gpu() -> bool:
    import tensorflow as tf

    return bool(tf.config.list_physical_devices("GPU"))
