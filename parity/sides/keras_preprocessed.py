"""What a person's preparation makes of raw images, on Keras's side."""

from typing import Any

import keras
import numpy as np
from keras import ops

from parity.records.comparison import Array


def of(function: Any, raw: Any) -> Array:
    """function: a layer or a callable, which is given all of them at once, or those of other sizes
    each as a batch of one."""
    mode = {"training": False} if getattr(function, "_call_has_training_arg", False) else {}
    batches = raw if isinstance(raw, list) else [raw]
    made = [function(x if x is raw else x[None], **mode) for x in batches]
    return np.concatenate([np.asarray(ops.convert_to_numpy(x)) for x in made])


def in_float32(function: Any, raw: Any) -> Array:
    before = keras.config.floatx()
    keras.config.set_floatx("float32")
    try:
        return of(function, raw)
    finally:
        keras.config.set_floatx(before)
