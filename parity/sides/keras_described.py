"""What a walk says of Keras's layers, operations and variables: their settings and their roles."""

from typing import Any

import keras
import numpy as np
from keras import ops
from keras.src.layers.layer import Layer

from parity.records.comparison import LOW, LOW_PRECISIONS, Variable

UNTOLD = ("name", "dtype")
LARGEST = 2**24  # numbers of a constant, beyond which it is not handed on
PLAIN = (bool, int, float, str, type(None))


def settings(operation: Any, args: Any, kwargs: Any) -> dict[str, Any]:
    """A layer's configuration; of an operation, its attributes and the arguments that are plain."""
    if isinstance(operation, Layer):
        try:
            found: dict[str, Any] = operation.get_config()
        except Exception:  # a person's own layer may have none
            return {}
        return {n: _plain(value) for n, value in found.items() if n not in UNTOLD}
    own = {n: v for n, v in vars(operation).items() if not n.startswith("_") and _is_plain(v)}
    given = {n: v for n, v in kwargs.items() if _is_plain(v)}
    flat = keras.tree.flatten(args)
    scalars = [v for v in flat if isinstance(v, int | float)]
    is_leading = bool(flat) and (isinstance(flat[0], int | float) or is_constant(flat[0]))
    leads = {"number_leads": True} if is_leading else {}
    scalars_of = {"scalars": scalars} if scalars else {}
    return {**own, **given, **leads, **scalars_of, **_index(operation, args)}


def _index(operation: Any, args: Any) -> dict[str, Any]:
    """What x[...] takes, part by part: a slice as its three numbers, an ellipsis as its dots."""
    if type(operation).__name__ != "GetItem" or len(args) < 2:
        return {}
    index = args[1] if isinstance(args[1], tuple) else (args[1],)
    parts = [
        [part.start, part.stop, part.step]
        if isinstance(part, slice)
        else "..."
        if part is Ellipsis
        else part
        for part in index
    ]
    return {"index": parts} if _is_plain(parts) else {}


def base(operation: Any, settings: dict[str, Any]) -> str:
    """The class of Keras's layers that a person's own class comes from, where it tells all that
    this one tells of itself."""
    kinds = type(operation).__mro__ if isinstance(operation, Layer) else ()
    found = next((x for x in kinds if getattr(keras.layers, x.__name__, None) is x), Layer)
    if found in (type(operation), Layer):
        return ""
    told = {name for name in found.get_config(operation) if name not in UNTOLD}
    return found.__name__ if told <= settings.keys() else ""


def policy(operation: Any) -> dict[str, Any]:
    """The low precision that a layer was given to compute in, which is set aside here."""
    low = operation.compute_dtype if isinstance(operation, Layer) else ""
    return {LOW: low} if low in LOW_PRECISIONS else {}


def _plain(value: Any) -> Any:
    """The same without Keras's own kinds of lists and dictionaries."""
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        items = [_plain(item) for item in value]
        return tuple(items) if isinstance(value, tuple) else items
    return value if isinstance(value, PLAIN) else str(value)


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(_is_plain(item) for item in value)
    return isinstance(value, PLAIN)


def variable(found: Any, name: str, layer: Any, is_part: bool) -> Variable:
    """A Keras variable. Its role in a layer is its path from there: "kernel", "query/kernel"."""
    is_state = "seed_generator" in found.path or not found.dtype.startswith(("float", "bfloat"))
    kind = "state" if is_state else "part" if is_part else "weight"
    path = found.path.split("/")
    place = max((i for i, part in enumerate(path) if layer and part == layer.name), default=-1)
    role = "/".join(path[place + 1 :]) if place >= 0 else found.name
    return Variable(
        name,
        role,
        tuple(found.shape),
        kind,
        bool(found.trainable),
    )


def is_constant(leaf: Any) -> bool:
    """Is this an array of floats, as a graph holds what was computed while it was built?"""
    if not ops.is_tensor(leaf) and not isinstance(leaf, np.ndarray):
        return False
    is_float = keras.backend.standardize_dtype(leaf.dtype).startswith("float")
    return is_float and 1 < int(np.prod(leaf.shape)) <= LARGEST


def constant(leaf: Any, step: str, number: int) -> Variable:
    """The variable that stands for it, by the step that is given it first."""
    held = np.asarray(ops.convert_to_numpy(leaf)).copy()
    name = f"{step}/constant" + (f" ({number + 1})" if number else "")
    return Variable(name, "constant", held.shape, "constant", trainable=False, held=held)
