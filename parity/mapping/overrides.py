"""A person's own word on what answers what: a TOML file, or the same as a dictionary.

[layers]
conv1 = "features.0"                  # Keras layer = torch module, step, or a list of them
block_add = ["add_3", "relu_4"]

[weights]
"conv1/kernel" = { torch = "features.0.weight", axes = [3, 2, 0, 1] }

[inputs]
image = "channels_last"               # how the torch module takes it
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from parity.errors import ModelError

ORDERS = ("channels_first", "channels_last")


@dataclass(frozen=True)
class Weight:
    torch: str
    axes: tuple[int, ...] = ()  # the transpose from Keras to torch; () for as it is


@dataclass(frozen=True)
class MappingOverrides:
    """What a person maps by hand; it wins over everything that would be found."""

    layers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    weights: dict[str, Weight] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)


NONE = MappingOverrides()


def read(path: Path) -> MappingOverrides:
    """Read a mapping file. Raises ModelError where it is none."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise ModelError(f"{path} is no TOML: {error}") from error
    return parse(found, str(path))


def parse(found: Mapping[str, Any], title: str = "mapping") -> MappingOverrides:
    """Overrides from a dictionary. Raises ModelError for what is not understood."""
    unknown = set(found) - {"layers", "weights", "inputs"}
    if unknown:
        names = ", ".join(sorted(unknown))
        raise ModelError(f"{title}: [{names}] is not known; there are layers, weights, inputs")
    layers = {name: _names(value, name, title) for name, value in found.get("layers", {}).items()}
    weights = {
        name: _weight(value, name, title) for name, value in found.get("weights", {}).items()
    }
    inputs = dict(found.get("inputs", {}))
    for name, order in inputs.items():
        if order not in ORDERS:
            raise ModelError(f"{title}: inputs.{name} = {order!r}; choose of {', '.join(ORDERS)}")
    return MappingOverrides(layers, weights, inputs)


def _names(value: Any, name: str, title: str) -> tuple[str, ...]:
    names = (value,) if isinstance(value, str) else tuple(value)
    if not names or not all(isinstance(item, str) for item in names):
        raise ModelError(f"{title}: layers.{name} = {value!r}; give a name or a list of names")
    return names


def _weight(value: Any, name: str, title: str) -> Weight:
    if isinstance(value, str):
        return Weight(value)
    if not isinstance(value, Mapping) or not isinstance(value.get("torch"), str):
        raise ModelError(f'{title}: weights.{name} = {value!r}; give {{ torch = "fc.weight" }}')
    axes = tuple(value.get("axes", ()))
    if sorted(axes) != list(range(len(axes))):
        raise ModelError(
            f"{title}: weights.{name} has axes {list(axes)}, which is no order of axes"
        )
    return Weight(value["torch"], axes)
