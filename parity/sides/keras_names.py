"""Names for a Keras model's variables. Models that are nested may have equal names inside, and the
paths of their variables are equal, too."""

from collections.abc import Iterator
from typing import Any

from keras.src.layers.layer import Layer


def of(model: Any) -> dict[int, str]:
    """By id: a variable's name."""
    return {id(variable): name for name, variable in named(model).items()}


def named(model: Any) -> dict[str, Any]:
    """The variables by name: their path; one that another has already is numbered, from "(2)"
    on."""
    found: dict[str, Any] = {}
    counts: dict[str, int] = {}
    for variable in model.variables:
        counts[variable.path] = number = counts.get(variable.path, 0) + 1
        found[variable.path if number == 1 else f"{variable.path} ({number})"] = variable
    return found


def attributes(model: Any) -> dict[int, str]:
    """By id: the attribute, "query" or "blocks.0", under which a model or layer of a person's own
    holds a layer."""
    found: dict[int, str] = {}
    for holder in model._flatten_layers():
        if not type(holder).__module__.startswith("keras."):
            for name, layer in _held(holder):
                found.setdefault(id(layer), name)
    return found


def _held(holder: Any) -> Iterator[tuple[str, Any]]:
    for name, value in vars(holder).items():
        if name.startswith("_"):
            continue
        if isinstance(value, Layer):
            yield name, value
        elif isinstance(value, list | tuple | dict):
            items = value.items() if isinstance(value, dict) else enumerate(value)
            yield from ((f"{name}.{key}", x) for key, x in items if isinstance(x, Layer))
