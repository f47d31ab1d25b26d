"""TensorFlow's own functions on symbolic tensors, in the `call` of a person's layer.

Keras refuses them there, so that a layer which uses one could not be entered, and all layers in it
were one step. They are taken as the operations of Keras's that do the same, or as one of their own.
"""

import contextlib
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import keras
from keras import ops
from keras.src.backend import compute_output_spec
from keras.src.ops.operation import Operation

VERSION = "_v2"  # what TensorFlow's names end in where it has an older function, too


@contextlib.contextmanager
def taken() -> Iterator[None]:
    """While it lasts, TensorFlow's functions take symbolic tensors."""
    if keras.backend.backend() != "tensorflow":
        yield
        return
    from tensorflow.python.util import dispatch  # loaded with the backend alone

    class Taking(dispatch.GlobalOpDispatcher):  # type: ignore[misc]
        """Asked where a function of TensorFlow's has refused what it was given."""

        def handle(self, op: Any, args: Any, kwargs: Any) -> Any:
            leaves = keras.tree.flatten((args, kwargs))
            if not any(isinstance(leaf, keras.KerasTensor) for leaf in leaves):
                return self.NOT_SUPPORTED
            return _symbolic(op, args, kwargs)

    taking = Taking()
    dispatch._GLOBAL_DISPATCHERS.insert(0, taking)
    try:
        yield
    finally:
        dispatch._GLOBAL_DISPATCHERS.remove(taking)


class Foreign(Operation):  # type: ignore[misc]
    """A function that is no operation of Keras's."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def call(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        return compute_output_spec(self.function, *args, **kwargs)


def _symbolic(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    name = function.__name__.removesuffix(VERSION)
    if name in KNOWN:
        own, names = KNOWN[name]
        told = inspect.signature(function).bind(*args, **kwargs)
        told.apply_defaults()
        every = told.signature.parameters.items()
        rest = [n for n, known in every if told.arguments[n] is not known.default]
        if {*rest} <= {*names, *SILENT}:  # else it is told what Keras's cannot be
            return own(*(told.arguments[n] for n in names))
    kind = type(name.title().replace("_", ""), (Foreign,), {})
    return kind(function)(*args, **kwargs)


def _matmul(a: Any, b: Any, turns_a: bool, turns_b: bool) -> Any:
    a, b = (ops.swapaxes(x, -1, -2) if t else x for x, t in ((a, turns_a), (b, turns_b)))
    return ops.matmul(a, b)


def _sizes(found: Any) -> tuple[int, ...]:
    return tuple(int(size) for size in found)


def _einsum(equation: str, tensors: Any) -> Any:
    return ops.einsum(equation, *tensors)


def _reshape(x: Any, shape: Any) -> Any:
    return ops.reshape(x, _sizes(shape))


def _tile(x: Any, times: Any) -> Any:
    return ops.tile(x, _sizes(times))


def _cast(x: Any, dtype: Any) -> Any:
    return ops.cast(x, getattr(dtype, "name", dtype))


def _take(x: Any, places: Any, axis: Any) -> Any:
    return ops.take(x, places, 0 if axis is None else axis)


SILENT = ("name", "out_type", "kwargs")  # arguments that change no value
REDUCED = ("input_tensor", "axis", "keepdims")
# By TensorFlow's names: what does the same, and the arguments that it is given, in its order.
KNOWN: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    "matmul": (_matmul, ("a", "b", "transpose_a", "transpose_b")),
    "einsum": (_einsum, ("equation", "inputs")),
    "concat": (ops.concatenate, ("values", "axis")),
    "stack": (ops.stack, ("values", "axis")),
    "unstack": (ops.unstack, ("value", "num", "axis")),
    "reshape": (_reshape, ("tensor", "shape")),
    "transpose": (ops.transpose, ("a", "perm")),
    "expand_dims": (ops.expand_dims, ("input", "axis")),
    "squeeze": (ops.squeeze, ("input", "axis")),
    "tile": (_tile, ("input", "multiples")),
    "shape": (ops.shape, ("input",)),
    "cast": (_cast, ("x", "dtype")),
    "gather": (_take, ("params", "indices", "axis")),
    "one_hot": (ops.one_hot, ("indices", "depth")),
    "softmax": (ops.softmax, ("logits", "axis")),
    "relu": (ops.relu, ("features",)),
    **{f"reduce_{name}": (getattr(ops, name), REDUCED) for name in ("mean", "sum", "max", "min")},
    **{
        name: (getattr(ops, name), ("x",))
        for name in ("sigmoid", "tanh", "exp", "log", "sqrt", "rsqrt", "square", "abs")
    },
    **{
        name: (getattr(ops, name), ("x", "y"))
        for name in ("add", "subtract", "multiply", "divide", "maximum", "minimum")
    },
}
