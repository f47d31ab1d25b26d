"""Keras's floating type, for a while."""

import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def floatx(dtype: str) -> Iterator[None]:
    import keras

    before = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        keras.config.set_floatx(before[0])
        keras.config.set_dtype_policy(before[1])
