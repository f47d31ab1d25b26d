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

SECTIONS = ("layers", "weights", "inputs")
ORDERS = ("channels_first", "channels_last")
LONG = 60  # characters of a value in an error


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
    except (ValueError, RecursionError) as error:  # no UTF-8, no TOML, or nested without end
        raise ModelError(f"{path} is no TOML: {error}") from error
    return parse(found, str(path))


def parse(found: Mapping[str, Any], title: str = "mapping") -> MappingOverrides:
    """Overrides from a dictionary. Raises ModelError for what is not understood."""
    unknown = ", ".join(str(name) for name in found if name not in SECTIONS)
    if unknown:
        raise ModelError(f"{title}: [{unknown}] is not known; there are {', '.join(SECTIONS)}")
    layers, weights, inputs = (_section(found, name, title) for name in SECTIONS)
    return MappingOverrides(
        {name: _names(value, f"{title}: layers.{name}") for name, value in layers.items()},
        {name: _weight(value, f"{title}: weights.{name}") for name, value in weights.items()},
        {name: _order(value, f"{title}: inputs.{name}") for name, value in inputs.items()},
    )


def _section(found: Mapping[str, Any], name: str, title: str) -> Mapping[str, Any]:
    section = found.get(name, {})
    if not isinstance(section, Mapping):
        raise ModelError(f"{title}: {name} = {_said(section)}; give a table of names")
    for key in section:
        if not isinstance(key, str):
            raise ModelError(f"{title}: {name} has {_said(key)} in the place of a name")
    return section


def _names(value: Any, place: str) -> tuple[str, ...]:
    names = (value,) if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not names or not all(map(_is_name, names)):
        raise ModelError(f"{place} = {_said(value)}; give a name or a list of names")
    return tuple(names)


def _weight(value: Any, place: str) -> Weight:
    found = {"torch": value} if isinstance(value, str) else value
    if (
        not isinstance(found, Mapping)
        or not _is_name(found.get("torch"))
        or set(found) - {"torch", "axes"}
    ):
        raise ModelError(
            f'{place} = {_said(value)}; give {{ torch = "fc.weight" }}, and axes where they differ'
        )
    axes = found.get("axes", ())
    numbers = tuple(axes) if isinstance(axes, list | tuple) else (None,)
    if {*map(type, numbers)} - {int} or sorted(numbers) != list(range(len(numbers))):
        raise ModelError(f"{place} has axes {_said(axes)}, which is no order of axes")
    return Weight(found["torch"], numbers)


def _order(value: Any, place: str) -> str:
    if not isinstance(value, str) or value not in ORDERS:
        raise ModelError(f"{place} = {_said(value)}; choose of {', '.join(ORDERS)}")
    return value


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _said(value: Any) -> str:
    said = repr(value)
    return said if len(said) <= LONG else f"{said[:LONG]}..."
