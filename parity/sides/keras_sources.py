"""Where a person's Keras model comes from: a live object, a name, or a file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from parity.errors import ModelError, line
from parity.records.comparison import Array
from parity.sides import modules

FILES = (".keras", ".h5", ".hdf5")


def find(source: Any) -> Any:
    """The model that `source` is or names: a model, "pkg.mod:build", or a file `model.keras`.

    Raises ModelError where there is none.
    """
    if isinstance(source, str) and source.endswith(FILES):
        found = _load(source)
    else:
        found = modules.found(source, keras.Layer)
    if not isinstance(found, keras.Layer):
        raise ModelError(
            f"{source!r} is {type(found).__name__}, no Keras model or layer; "
            "name one, or a function that returns one"
        )
    return found


def _load(path: str) -> Any:
    if not Path(path).is_file():
        raise ModelError(f"no file {path!r}; give a model.keras, or module:callable")
    try:
        return keras.models.load_model(path, compile=False)
    except Exception as error:
        raise ModelError(f"{path} cannot be loaded as a Keras model: {line(error)}") from error


def read_weights(model: Any, path: str) -> None:
    """Load a weights file into a model. Raises ModelError where it does not fit."""
    try:
        model.load_weights(path)
    except Exception as error:  # as many kinds as there are formats
        raise ModelError(f"{path} does not hold this model's weights: {line(error)}") from error


def arranged(model: Any, inputs: Mapping[str, Array]) -> Any:
    """Inputs as the model's `call` takes them: one, a list, or a dictionary."""
    structure = getattr(model, "_inputs_struct", None)
    if structure is None and isinstance(model, keras.Sequential) and model._functional:
        structure = model._functional._inputs_struct
    values = list(inputs.values())
    if isinstance(structure, dict):
        return {name: inputs[name] for name in structure}
    if structure is not None:
        return keras.tree.pack_sequence_as(structure, values)
    named = all(not name.isdecimal() for name in inputs)
    if named:
        return dict(inputs)
    return values[0] if len(values) == 1 else values
