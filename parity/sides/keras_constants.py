"""Numbers that Keras rounds to float32 in a float64 model: on tensorflow those of Python go through
float32 where they are cast or reckoned with, as a penalty's factor or the logarithm of 2."""

import contextlib
import importlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import keras
from keras import ops

BACKEND = "keras.src.backend"


def are_rounded(loss: Callable[[], Any]) -> bool:
    """Is this loss of a float64 model another where such numbers are not rounded?"""
    if keras.backend.backend() != "tensorflow":
        return False
    as_ever = ops.convert_to_numpy(loss())
    try:
        with _exactly():
            exact = ops.convert_to_numpy(loss())
    except Exception:  # a person's own code may name float32 itself
        return False
    return bool(as_ever != exact)


def has_rounded_penalties(model: Any) -> bool:
    """Is a factor of a penalty held in float32, as Keras's L1 does from the start?"""
    held = [variable.regularizer for variable in model.trainable_variables]
    held += [layer.activity_regularizer for layer in model._flatten_layers()]
    factors = [x for one in held if one is not None for x in vars(one).values()]
    return any(
        ops.is_tensor(x) and keras.backend.standardize_dtype(x.dtype) == "float32" for x in factors
    )


@contextlib.contextmanager
def _exactly() -> Iterator[None]:
    """Numbers of Python are float64, wherever Keras's backend makes tensors of them."""
    core: Any = importlib.import_module(f"{BACKEND}.tensorflow.core")
    convert, own_cast = core.convert_to_tensor, core.cast

    def convert_to_tensor(x: Any, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
        is_open = isinstance(x, float) and dtype is None
        return convert(x, "float64" if is_open else dtype, *args, **kwargs)

    def cast(x: Any, dtype: Any) -> Any:
        return own_cast(convert_to_tensor(x) if isinstance(x, float) else x, dtype)

    made = {convert: convert_to_tensor, own_cast: cast}
    places = [
        (module, name)
        for path, module in list(sys.modules.items())
        if path.startswith(BACKEND) or path.startswith("keras.src.ops")
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
