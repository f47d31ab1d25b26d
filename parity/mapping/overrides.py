"""A person's own word on what answers what: a TOML file, or the same as a dictionary.

[layers]
conv1 = "features.0"                  # Keras layer = torch module, step, or a list of them
block_add = ["add_3", "relu_4"]

[weights]
"conv1/kernel" = { torch = "features.0.weight", axes = [3, 2, 0, 1] }
"query/kernel" = { torch = "qkv.weight", axes = [1, 0], rows = [0, 64] }  # of a packed one

[inputs]
image = "channels_last"               # how the torch module takes it; or channels_first,
                                      # time_first, channels_after_time (N, T, C, H, W)
frames = { axes = [0, 2, 1, 3], torch = "clip" }     # Keras's axes in torch's order; the argument
tokens = { torch = "batch[ids]", below = 5000 }      # an item of it; ids are drawn below this

An input has the name that Keras has for it, or its number: "0", "1".
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from parity.errors import ModelError
from parity.mapping import layout_moves
from parity.records.comparison import Layout

SECTIONS = ("layers", "weights", "inputs")
ORDERS = {
    "channels_first": layout_moves.CHANNELS,
    "channels_last": layout_moves.AS_IT_IS,
    "time_first": layout_moves.TIME_FIRST,
    "channels_after_time": layout_moves.CHANNELS_BEHIND_TIME,
}
LONG = 60  # characters of a value in an error


@dataclass(frozen=True)
class Weight:
    torch: str
    axes: tuple[int, ...] = ()  # the transpose from Keras to torch; () for as it is
    rows: tuple[int, int] | None = None  # of torch's first axis: start, stop; None for all of it


@dataclass(frozen=True)
class Input:
    """order: one of ORDERS, or ""; axes: Keras's in torch's order; torch: where it goes, as
    parity/sides/torch_calling.py reads it; below: of the whole numbers that are drawn for it."""

    order: str = ""
    axes: tuple[int, ...] = ()
    torch: str = ""
    below: int = 0

    @property
    def layout(self) -> Layout | None:
        """How the port takes it; None where nothing is said of that."""
        return layout_moves.transposed(self.axes) if self.axes else ORDERS.get(self.order)


@dataclass(frozen=True)
class MappingOverrides:
    """What a person maps by hand; it wins over everything that would be found.

    by_base: layers of a class that comes from one of Keras's are mapped as those (`derived`), as
    nothing else was found for them.
    """

    layers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    weights: dict[str, Weight] = field(default_factory=dict)
    inputs: dict[str, Input] = field(default_factory=dict)
    by_base: bool = False

    def input(self, name: str, number: int) -> Input:
        """What is said of an input that Keras has under this name, in this place."""
        return self.inputs.get(name) or self.inputs.get(str(number)) or NOTHING


NOTHING = Input()
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
        {name: _input(value, f"{title}: inputs.{name}") for name, value in inputs.items()},
    )


def as_mapping(overrides: MappingOverrides) -> dict[str, Any]:
    """The dictionary that `parse` makes these of."""

    def told(one: Weight | Input) -> dict[str, Any]:
        return {name: value for name, value in vars(one).items() if value}

    return {
        "layers": {name: list(names) for name, names in overrides.layers.items()},
        "weights": {name: told(one) for name, one in overrides.weights.items()},
        "inputs": {name: told(one) for name, one in overrides.inputs.items()},
    }


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
        or set(found) - {"torch", "axes", "rows"}
    ):
        raise ModelError(
            f'{place} = {_said(value)}; give {{ torch = "fc.weight" }}, with axes where they '
            "differ, and the rows of a packed one"
        )
    return Weight(found["torch"], _axes(found, place), _rows(found.get("rows"), place))


def _rows(value: Any, place: str) -> tuple[int, int] | None:
    if value is None:
        return None
    numbers = tuple(value) if isinstance(value, list | tuple) else ()
    if len(numbers) != 2 or {*map(type, numbers)} != {int} or not 0 <= numbers[0] < numbers[1]:
        raise ModelError(f"{place} has rows {_said(value)}; give two, the last one exclusive")
    return numbers[0], numbers[1]


def _axes(found: Mapping[str, Any], place: str) -> tuple[int, ...]:
    axes = found.get("axes", ())
    numbers = tuple(axes) if isinstance(axes, list | tuple) else (None,)
    if {*map(type, numbers)} - {int} or sorted(numbers) != list(range(len(numbers))):
        raise ModelError(f"{place} has axes {_said(axes)}, which is no order of axes")
    return numbers


def _input(value: Any, place: str) -> Input:
    found = {"order": value} if isinstance(value, str) else value
    if not isinstance(found, Mapping) or not found or set(found) - set(Input.__annotations__):
        raise ModelError(
            f"{place} = {_said(value)}; choose of {', '.join(ORDERS)}, or give "
            '{ axes = [0, 2, 1] }, { torch = "argument" } or { below = 100 }'
        )
    order, torch, below = (found.get(x) for x in ("order", "torch", "below"))
    if order is not None and order not in ORDERS:
        raise ModelError(f"{place} = {_said(order)}; choose of {', '.join(ORDERS)}")
    if torch is not None and not _is_name(torch):
        raise ModelError(f"{place} has torch {_said(torch)}; give an argument's name")
    if below is not None and (type(below) is not int or below < 1):
        raise ModelError(f"{place} has below {_said(below)}; give a whole number from 1 on")
    return Input(order or "", _axes(found, place), torch or "", below or 0)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _said(value: Any) -> str:
    said = repr(value)
    return said if len(said) <= LONG else f"{said[:LONG]}..."
