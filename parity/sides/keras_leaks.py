"""Layers of a float64 model that Keras computes in float32, in whole or in part.

Measured with Keras 3.15, on each backend, layer by layer against the same layer in PyTorch
(tests/coverage): what is listed here is a float32 rounding away in float64, and nothing else is.
Such a layer is judged by the noise of float32, and what comes behind it too. So is one that takes
a constant which a graph holds in float32: `ops.cast(1 / 3, x.dtype)` is rounded once and for all.

tensorflow: a Python number that is cast becomes float32 first (a slope, a scale, the 1/sqrt(d) of
attention), and raw are resized in float32. jax and torch: moments, and whatever takes its type
from Keras's own promotion, which knows no float64 there.
"""

import inspect
from collections.abc import Sequence
from types import CodeType, FunctionType
from typing import Any

import keras
import numpy as np
from keras import ops
from keras.src.backend import is_tensor

ALWAYS: dict[str, set[str]] = {
    "tensorflow": {
        *("Resizing", "Resize", "UpSampling2D", "Normalization", "Rescaling"),
        *("LeakyReLU", "LeakyRelu", "Gelu", "MultiHeadAttention", "GroupedQueryAttention"),
    },
    "jax": {
        *(f"GlobalAveragePooling{n}D" for n in (1, 2, 3)),
        *("Mean", "Var", "Std", "Moments", "Tanh"),
        *("BatchNormalization", "LayerNormalization", "GroupNormalization", "RMSNormalization"),
        *("UnitNormalization", "Normalization", "SpectralNormalization"),
        *("SimpleRNN", "LSTM", "GRU", "RNN", "Bidirectional", "MultiHeadAttention"),
        *("GroupedQueryAttention",),
    },
    "torch": set(),
}
ACTIVATIONS: dict[str, set[str]] = {
    "tensorflow": {"leaky_relu", "gelu"},
    "jax": {"tanh"},
    "torch": set(),
}
# What a backend can do in float32 alone: these layers are run in float32. On jax the tanh of a
# SimpleRNN hands back float32, which its loop does not take.
NO_FLOAT64: dict[str, set[str]] = {
    "tensorflow": {"MaxPooling3D", "AveragePooling3D"},
    "jax": {"SimpleRNN"},
    "torch": set(),
}


def is_narrow(backend: str, kind: str, activation: str, settings: dict[str, Any]) -> bool:
    """Does this layer compute in float32 inside a float64 model?"""
    if kind in NO_FLOAT64[backend] or activation in ACTIVATIONS[backend]:
        return True
    if kind == "UpSampling2D" and settings.get("interpolation") == "nearest":
        return False
    return kind in ALWAYS[backend]


def is_own_narrow(backend: str, layer: Any) -> bool:
    """Is a layer of a person's own, in part at least, computed in float32?"""
    return _is_written_narrow(backend, layer) or _holds_rounded(layer)


def _is_written_narrow(backend: str, layer: Any) -> bool:
    """Does a layer of a person's own name such an activation, in its methods or in the functions
    that these call by name? What it is rounded by shows in no value."""
    waiting = [f for f in vars(type(layer)).values() if isinstance(f, FunctionType)]
    seen: set[CodeType] = set()
    while waiting:
        function = waiting.pop()
        codes = [function.__code__]
        while codes:
            code = codes.pop()
            if code in seen:
                continue
            seen.add(code)
            words = {*code.co_names, *(x for x in code.co_consts if isinstance(x, str))}
            if words & ACTIVATIONS[backend]:
                return True
            codes += [x for x in code.co_consts if isinstance(x, CodeType)]
            called = (function.__globals__.get(name) for name in code.co_names)
            waiting += [x for x in called if isinstance(x, FunctionType) and not _is_keras(x)]
    return False


def _is_keras(function: FunctionType) -> bool:
    return function.__module__.partition(".")[0] == "keras"


def _holds_rounded(layer: Any) -> bool:
    """Does a layer of a person's own hold such a constant in an attribute, or its function one that
    it reads, as a table of positions is?"""
    held = [value for name, value in vars(layer).items() if not name.startswith("_")]
    function = getattr(layer, "function", None)
    if isinstance(function, FunctionType):
        read = inspect.getclosurevars(function)
        held += [*read.nonlocals.values(), *read.globals.values()]
    arrays = [x for x in held if isinstance(x, np.ndarray) or is_tensor(x)]
    return any(map(is_rounded, arrays))


def are_narrow(given: Sequence[Any], is_of_whole: bool) -> bool:
    """Are these values that a layer of a float64 model gives float32, or were they, before it gave
    them as float64? is_of_whole: does it make them of whole numbers alone?"""
    tensors = [x for x in given if is_tensor(x)]
    if any(keras.backend.standardize_dtype(x.dtype) == "float32" for x in tensors):
        return True
    return is_of_whole and any(_is_rounding(ops.convert_to_numpy(x)) for x in tensors)


def _is_rounding(wide: Any) -> bool:
    """Is this float64 array one of float32's numbers, that are roundings of others?"""
    narrow = wide.astype(np.float32)
    return wide.dtype == np.float64 and np.array_equal(wide, narrow) and is_rounded(narrow)


def is_rounded(held: Any) -> bool:
    """Is this a float32 constant that may stand for another number, of which it is the rounding?

    What float32 holds exactly in seven digits (0.125, -1e9) stands for itself.
    """
    if isinstance(held, keras.Variable):
        held = held.value
    if not is_tensor(held) and not isinstance(held, np.ndarray | np.generic):
        return False
    if keras.backend.standardize_dtype(held.dtype) != "float32":
        return False
    numbers = np.unique(ops.convert_to_numpy(held)).tolist()
    return any(float(f"{x:.7g}") != x for x in numbers)
