"""Run one function of the laboratory in the Keras process, from a clean state."""

import warnings
from collections.abc import Callable
from typing import Any

import keras

from parity.records.comparison import Array
from parity.records.outcomes import Outcome, Raised


def perform(function: Callable[..., Any], given: dict[str, Array]) -> Outcome:
    """What `function(keras, **given)` gives, as NumPy arrays, or what it raised."""
    keras.config.set_floatx("float32")
    keras.utils.clear_session(free_memory=False)  # a garbage collection takes half a second
    keras.utils.set_random_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = function(keras, **given)
        except Exception as error:
            return Raised(type(error).__name__, str(error).partition("\n")[0])
        if isinstance(found, dict):
            return {name: keras.ops.convert_to_numpy(value) for name, value in found.items()}
        array: Array = keras.ops.convert_to_numpy(found)
        return array
