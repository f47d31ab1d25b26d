"""What a model returns, taken apart: tuples, lists, dictionaries and records, also nested."""

import copy
import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from parity.records.answers import Answer, Returned
from parity.records.comparison import Array

DEEP = 20  # levels of nesting; a record that holds itself has no end
ToArray = Callable[[Any], Array | None]  # a framework's tensor as an array; None for all else


def answer(output: Any, to_array: ToArray, names: Sequence[str] = (), note: str = "") -> Answer:
    """The record of one run. names: of what stands in a list or tuple, where the model has some."""
    found = tuple(_parts(output, "", "", to_array, 0))
    keys = [part.key for part in found if part.key]
    if len(names) == len(found) and not keys:
        named = zip(found, names, strict=True)
        found = tuple(dataclasses.replace(part, key=name) for part, name in named)
    elif len(set(keys)) < len(keys):  # in lists below a key, or the same keys in several
        found = tuple(dataclasses.replace(part, key=_whole(part.path)) for part in found)
    is_single = len(found) == 1 and not found[0].path
    return Answer(found, "" if is_single else type(output).__name__, note=note)


def leaves(value: Any, key: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """All that is no container, each with the name under which it stands; "" without one."""
    inside = None if depth > DEEP else _inside(value)
    if inside is None:
        yield key, value
        return
    for _, name, item in inside:
        yield from leaves(item, name or key, depth + 1)


def with_others(output: Any, others: Mapping[str, Any]) -> Any:
    """The same containers, with others at some places, by their paths. What has no place there is
    put behind all that is returned: in its list, or in one with it."""
    met: set[str] = set()
    found = _with_others(output, "", others, met, 0)
    more = [value for path, value in others.items() if path not in met]
    if not more:
        return found
    return type(found)([*found, *more]) if type(found) in (list, tuple) else [found, *more]


def _with_others(
    value: Any, path: str, others: Mapping[str, Any], met: set[str], depth: int
) -> Any:
    if path in others:
        met.add(path)
        return others[path]
    inside = None if depth > DEEP else _inside(value)
    if inside is None:
        return value
    items = [_with_others(item, path + step, others, met, depth + 1) for step, _, item in inside]
    if isinstance(value, Mapping):
        filled: Any = copy.copy(value)
        for key, item in zip(list(value), items, strict=True):
            filled[key] = item
        return filled
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.replace(
            value, **dict(zip([n for _, n, _ in inside], items, strict=True))
        )
    return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)


def _parts(value: Any, path: str, key: str, to_array: ToArray, depth: int) -> Iterator[Returned]:
    array = to_array(value)
    if array is not None:
        yield Returned(path, key, "tensor", array)
        return
    inside = None if depth > DEEP else _inside(value)
    if inside is None:
        yield _other(value, path, key)
        return
    for step, name, item in inside:
        yield from _parts(item, path + step, name or key, to_array, depth + 1)


def _whole(path: str) -> str:
    """A path as a name, the same through dictionaries and records: "x[0].logits"."""
    return re.sub(r"\['(.*?)'\]", r".\1", path).removeprefix(".")


def _inside(value: Any) -> list[tuple[str, str, Any]] | None:
    """(step, name, item) of what is in a container; None for what is none."""
    if isinstance(value, Mapping):
        return [(f"[{key!r}]", str(key), item) for key, item in value.items()]
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return [(f".{key}", key, getattr(value, key)) for key in value._fields]
    if isinstance(value, list | tuple):
        return [(f"[{place}]", "", item) for place, item in enumerate(value)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return [(f".{name}", name, getattr(value, name)) for name in names]
    return None


def _other(value: Any, path: str, key: str) -> Returned:
    """What is no tensor: an array, a number, None, or something that cannot be compared."""
    if isinstance(value, np.ndarray | np.generic) and np.asarray(value).dtype.kind in "fiub":
        return Returned(path, key, "NumPy array", np.array(value))
    if isinstance(value, bool | int | float):
        return Returned(path, key, type(value).__name__, np.asarray(value))
    return Returned(path, key, "None" if value is None else type(value).__name__, None)
