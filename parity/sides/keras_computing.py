"""Keras's layers in another float type, with states of their own, while their variables stay."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import keras
from keras import ops
from keras.src.backend import is_tensor
from keras.src.backend.common import dtypes

from parity.records.comparison import LOW_PRECISIONS, Dtype


class _Computing(keras.DTypePolicy):  # type: ignore[misc]
    """Compute in one float type with variables of another: they are cast as they are read."""

    def __init__(self, dtype: Dtype, variables: str) -> None:
        self._name, self._quantization_mode = f"{dtype}_of_{variables}", None
        self._compute_dtype, self._variable_dtype = dtype, variables


@contextlib.contextmanager
def computing_in(layer: Any, dtype: Dtype) -> Iterator[None]:
    """Let a layer, and what is in it, compute in this dtype; its variables stay as they are.

    So does what a mixed policy has computed in low precision: its rounding is no part of the
    function.
    """
    layers = list(layer._flatten_layers())
    policies = [inner.dtype_policy for inner in layers]
    # A functional model casts what comes in to the type of its symbolic inputs, a sequential one to
    # that of its first layer.
    symbols = {id(x): x for model in functional(layer) for x in model._inputs}
    symbols |= {id(x): x for x in layers if isinstance(x, keras.layers.InputLayer)}
    kinds = {number: x._dtype for number, x in symbols.items()}
    casts = [x for model in functional(layer) for x in model._operations if is_cast(x)]
    floatx, made_with = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)  # of layers that are made as the model is called
    try:
        for number, kind in kinds.items():
            if kind in ("float32", "float64"):
                symbols[number]._dtype = dtype
        for cast in casts:
            cast.dtype = dtype
        for inner, policy in zip(layers, policies, strict=True):
            is_float = policy.compute_dtype in ("float32", "float64", *LOW_PRECISIONS)
            if is_float and policy.compute_dtype != dtype:
                inner.dtype_policy = _Computing(dtype, policy.variable_dtype)
        with _whole_numbers_kept():
            yield
    finally:
        keras.config.set_floatx(floatx)
        keras.config.set_dtype_policy(made_with)
        for number, kind in kinds.items():
            symbols[number]._dtype = kind
        for cast in casts:
            cast.dtype = "float32"
        for inner, policy in zip(layers, policies, strict=True):
            if inner.dtype_policy is not policy:
                inner.dtype_policy = policy


@contextlib.contextmanager
def _whole_numbers_kept() -> Iterator[None]:
    """Keras gives whole numbers that are told no type (`arange`, `where`) as many bits as its
    floats; a model compares and joins them with others, which have 32."""
    original = dtypes._resolve_weak_type

    def resolved(dtype: str, precision: str = "32") -> str:
        is_whole = dtype.startswith(("int", "uint"))
        return str(original(dtype, precision="32" if is_whole else precision))

    dtypes._resolve_weak_type = resolved
    try:
        yield
    finally:
        dtypes._resolve_weak_type = original


def functional(layer: Any) -> list[Any]:
    """The functional models in a layer; a sequential one has one inside of it."""
    found = [getattr(inner, "_functional", None) or inner for inner in layer._flatten_layers()]
    return [inner for inner in found if hasattr(inner, "_run_through_graph")]


@contextlib.contextmanager
def states_aside(layer: Any, dtype: Dtype) -> Iterator[None]:
    """Let stateful layers remember in variables of this dtype; their own stay as they are.

    What is remembered in float32 is rounded between two calls.
    """
    stateful = [x for x in layer._flatten_layers() if getattr(x, "states", None) is not None]
    kept = [(x, x.states) for x in stateful]
    try:
        for x, states in kept:
            # Past Keras's own way of setting an attribute, which would add variables to the layer.
            object.__setattr__(x, "states", keras.tree.map_structure(_remembered(dtype), states))
        yield
    finally:
        for x, states in kept:
            object.__setattr__(x, "states", states)


@contextlib.contextmanager
def generators_kept(model: Any) -> Iterator[None]:
    """What draws is afterwards where it was: another pass is no other question."""
    kept = generators(model)
    try:
        yield
    finally:
        for variable, value in kept:
            variable.assign(value)


def generators(model: Any) -> list[tuple[Any, Any]]:
    """The states of what draws in a model, and the values that they have now."""
    return [(v, ops.copy(v.value)) for v in model.variables if "seed_generator" in v.path]


def _remembered(dtype: Dtype) -> Callable[[Any], Any]:
    """The same value in a variable of this dtype."""

    def copied(state: Any) -> Any:
        if not hasattr(state, "assign"):
            return state
        value = ops.cast(ops.copy(state.value), dtype)
        return keras.Variable(value, dtype=dtype, trainable=False, autocast=False)

    return copied


def as_dtype(value: Any, dtype: Dtype) -> Any:
    """Floating tensors in this dtype; everything else as it is."""
    if not is_tensor(value):
        return value
    found = keras.backend.standardize_dtype(value.dtype)
    return ops.cast(value, dtype) if found in ("float32", "float64") and found != dtype else value


def is_cast(operation: Any) -> bool:
    """Is this a cast to the model's own float type, which is whatever is computed in?"""
    return type(operation).__name__ == "Cast" and operation.dtype == "float32"
