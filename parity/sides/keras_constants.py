"""Numbers that Keras rounds to float32 in a float64 model: on tensorflow those of Python go through
float32 where they are cast or reckoned with, as a penalty's factor or the logarithm of 2; on jax
and torch means do."""

import contextlib
import importlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import keras
from keras import ops

BACKEND = "keras.src.backend"
RAW = ("tensorflow", "tensorflow.python.ops.math_ops")


def are_rounded(values: Callable[[], list[Any]]) -> bool:
    """Are these values of a float64 model others where such numbers are not rounded, or means not
    taken in float32?"""
    is_tensorflow = keras.backend.backend() == "tensorflow"
    as_ever = [ops.convert_to_numpy(x) for x in values()]
    try:
        with _exactly() if is_tensorflow else _widely():
            exact = [ops.convert_to_numpy(x) for x in values()]
    except Exception:  # a person's own code may name float32 itself
        return False
    return any(bool((x != y).any()) for x, y in zip(as_ever, exact, strict=True))


def has_rounded_penalties(model: Any) -> bool:
    """Is a factor of a penalty held in float32, as Keras's L1 does from the start?"""
    held = [variable.regularizer for variable in model.trainable_variables]
    held += [layer.activity_regularizer for layer in model._flatten_layers()]
    factors = [x for one in held if one is not None for x in vars(one).values()]
    return any(
        ops.is_tensor(x) and keras.backend.standardize_dtype(x.dtype) == "float32" for x in factors
    )


@contextlib.contextmanager
def _widely() -> Iterator[None]:
    """What meets float64 is computed in it."""
    dtypes: Any = importlib.import_module(f"{BACKEND}.common.dtypes")
    own = dtypes.result_type

    def result_type(*given: Any) -> Any:
        is_wide = any(keras.backend.standardize_dtype(x) == "float64" for x in given if x)
        return "float64" if is_wide else own(*given)

    dtypes.result_type = result_type
    try:
        yield
    finally:
        dtypes.result_type = own


@contextlib.contextmanager
def _exactly() -> Iterator[None]:
    """Numbers of Python are float64, wherever Keras's backend or TensorFlow's own `cast` makes
    tensors of them."""
    core: Any = importlib.import_module(f"{BACKEND}.tensorflow.core")
    tensorflow: Any = sys.modules["tensorflow"]
    convert, own_cast, raw_cast = core.convert_to_tensor, core.cast, tensorflow.cast

    def convert_to_tensor(x: Any, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
        is_open = isinstance(x, float) and dtype is None
        return convert(x, "float64" if is_open else dtype, *args, **kwargs)

    def cast(x: Any, dtype: Any) -> Any:
        return own_cast(convert_to_tensor(x) if isinstance(x, float) else x, dtype)

    def as_is(x: Any, dtype: Any, *args: Any, **kwargs: Any) -> Any:
        return raw_cast(convert_to_tensor(x) if isinstance(x, float) else x, dtype, *args, **kwargs)

    made = {convert: convert_to_tensor, own_cast: cast, raw_cast: as_is}
    places = [
        (module, name)
        for path, module in list(sys.modules.items())
        if path.startswith((BACKEND, "keras.src.ops")) or path in RAW
        for name in ("convert_to_tensor", "cast")
        if vars(module).get(name) in made
    ]
    held = [vars(module)[name] for module, name in places]
    try:
        for (module, name), own in zip(places, held, strict=True):
            setattr(module, name, made[own])
        yield
    finally:
        for (module, name), own in zip(places, held, strict=True):
            setattr(module, name, own)
