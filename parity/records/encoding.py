"""Records as JSON and arrays, and back: for files that outlive the process that made them.

What is written says itself what it is, and reading it makes records of this package and nothing
else: no code runs. Arrays lie beside the JSON, each under a digest of its numbers, so that one that
occurs twice is held once.
"""

import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from types import ModuleType
from typing import Any

import numpy as np

from parity.errors import ResultsError
from parity.records import answers, comparison, inputs, interventions, outcomes, parts, training
from parity.records.comparison import Array

Arrays = dict[str, Array]
DIGEST = 16  # bytes

_HOMES: tuple[ModuleType, ...] = (
    *(answers, comparison, inputs, interventions, outcomes, parts, training),
)
RECORDS = {
    name: found
    for home in _HOMES
    for name, found in vars(home).items()
    if is_dataclass(found) and isinstance(found, type)
}


def digest(array: Array) -> str:
    """Of an array's type, shape and numbers."""
    found = hashlib.blake2b(f"{array.dtype.str} {array.shape}".encode(), digest_size=DIGEST)
    found.update(np.ascontiguousarray(array).data)
    return found.hexdigest()


def encoded(value: Any, arrays: Arrays) -> Any:
    """A value as JSON holds it; its arrays are added to `arrays`, under their digests.

    What is neither a number, a text, an array, a record nor a collection of them, as an object in
    a layer's settings is, becomes the text that Python shows for it.
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": repr(float(value))}
    if isinstance(value, np.ndarray | np.generic):
        array = np.asarray(value)
        name = digest(array)
        arrays[name] = array
        return {"array": name} if isinstance(value, np.ndarray) else {"number": name}
    if isinstance(value, list):
        return [encoded(x, arrays) for x in value]
    if isinstance(value, tuple):
        return {"tuple": [encoded(x, arrays) for x in value]}
    if isinstance(value, Mapping):
        return {"dict": [[encoded(k, arrays), encoded(x, arrays)] for k, x in value.items()]}
    if RECORDS.get(type(value).__name__) is type(value):
        of = {field.name: encoded(getattr(value, field.name), arrays) for field in fields(value)}
        return {"record": type(value).__name__, "fields": of}
    return repr(value)


def names_of(found: Any) -> Iterator[str]:
    """The digests of the arrays in a value that was encoded."""
    if isinstance(found, list):
        for one in found:
            yield from names_of(one)
    elif isinstance(found, dict):
        names = (found.get("array"), found.get("number"))
        yield from (name for name in names if isinstance(name, str))
        yield from names_of([*found.values()])


def decoded(found: Any, arrays: Mapping[str, Array]) -> Any:
    """What `encoded` was given. Raises ResultsError where the JSON is none of its making."""
    if isinstance(found, list):
        return [decoded(x, arrays) for x in found]
    if not isinstance(found, dict):
        return found
    try:
        return _made(found, arrays)
    except (KeyError, TypeError, ValueError) as error:
        raise ResultsError(f"{str(found)[:60]} is nothing that was recorded ({error})") from error


def _made(found: dict[str, Any], arrays: Mapping[str, Array]) -> Any:
    match found:
        case {"float": str(text)}:
            return float(text)
        case {"array": str(name)}:
            return arrays[name]
        case {"number": str(name)}:
            return arrays[name][()]
        case {"tuple": list(items)}:
            return tuple(decoded(x, arrays) for x in items)
        case {"dict": list(items)}:
            return {decoded(k, arrays): decoded(x, arrays) for k, x in items}
        case {"record": str(name), "fields": dict(of)}:
            return RECORDS[name](**{field: decoded(x, arrays) for field, x in of.items()})
    raise ValueError("no such kind")
