"""Records read back from JSON: frozen dataclasses, built by the types of their fields (cattrs).

A field without a default has to be there, and has to be of its type; what else the JSON holds is
left out. JSON has null for a figure that is not finite (parity.files): a `float` of null is NaN.
Arrays lie beside the JSON: a field of them keeps its default. A name that makes a path (names.py)
is one that stays in its folder.
"""

import contextlib
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

import numpy as np
from cattrs import Converter, transform_error
from cattrs.cols import homogenous_tuple_structure_factory, mapping_structure_factory
from cattrs.gen import make_dict_structure_fn
from safetensors.numpy import load_file

from parity.errors import ResultsError, line
from parity.records.comparison import Array
from parity.records.names import FileName, is_file_name

Record = TypeVar("Record")
Build = Callable[[Any, Any], Any]
NAMES = {dict: "an object", list: "a list", str: "a text", bool: "a truth value", int: "an integer"}
REMEDY = "delete it and run again"
DEEPEST = 100  # levels of what a file holds
LONG = 60  # characters of a value in an error


def read(cls: type[Record], path: Path, remedy: str = REMEDY) -> Record:
    """The record of one file.

    Raises ResultsError where the file cannot be read, and as `record` does.
    """
    return record(cls, _json(path, remedy), path, remedy)


def record(cls: type[Record], data: Any, source: object, remedy: str = REMEDY) -> Record:
    """data: what JSON gave. source: where it stands, for the error; remedy: what helps, too.

    Raises ResultsError, which names the source, the field and its value, where it does not fit.
    """
    try:
        return _CONVERTER.structure(data, cls)
    except Exception as error:
        first, *_ = transform_error(error, format_exception=_said)
        said, _, place = first.partition(" @ ")
        field = place.removeprefix("$").removeprefix(".") or "the whole"
        raise ResultsError(
            f"{source} is not of this version ({field}: {said}); {remedy}"
        ) from error


def read_json(path: Path, remedy: str = REMEDY) -> dict[str, Any]:
    """Raises ResultsError where the file cannot be read, or holds no object."""
    return record(dict[str, Any], _json(path, remedy), path, remedy)


def _json(path: Path, remedy: str) -> Any:
    with _told_of(path, remedy):
        found = json.loads(path.read_text(encoding="utf-8"))
        if _is_nested_beyond(DEEPEST, found):
            raise RecursionError
    return found


def require_name(path: Path, pair: str) -> None:
    """Raise ResultsError where the file of a pair's record has the name of another."""
    if path.stem != pair:
        raise ResultsError(f"{path} is the record of {pair!r}; give it the name {pair}.json")


def read_arrays(path: Path, remedy: str = REMEDY) -> dict[str, Array]:
    """The arrays of a safetensors file. Raises ResultsError where it cannot be read."""
    with _told_of(path, remedy):
        found: dict[str, Array] = load_file(path)
    return found


@contextlib.contextmanager
def _told_of(path: Path, remedy: str) -> Iterator[None]:
    """Whatever a reader raises over the file of a person, or of another version, is ResultsError.

    A pipe would be waited for, and a device has no end.
    """
    try:
        if path.exists() and not path.is_file():
            raise OSError("it is no file")
        yield
    except RecursionError as error:
        raise ResultsError(f"{path} cannot be read (it is nested too deep); {remedy}") from error
    except Exception as error:
        raise ResultsError(f"{path} cannot be read ({error}); {remedy}") from error


def _is_nested_beyond(depth: int, value: Any) -> bool:
    level = [value]
    for _ in range(depth):
        inside = (list(x.values()) if isinstance(x, dict) else x for x in level)
        level = [item for x in inside if isinstance(x, list) for item in x]
    return bool(level)


@contextlib.contextmanager
def fitting(source: object, remedy: str = REMEDY) -> Iterator[None]:
    """For what is made of records whose fields are of their types, but may not fit each other.

    Raises ResultsError, which names the source, where they do not.
    """
    try:
        yield
    except (ArithmeticError, LookupError, ValueError, StopIteration) as error:
        raise ResultsError(f"{source} does not fit together ({line(error)}); {remedy}") from error


def _said(error: BaseException, _: type | None) -> str:
    return "it is missing" if isinstance(error, KeyError) else str(error)


def _exactly(value: Any, kind: type) -> Any:
    """cattrs would make a text of any value, and a number of a text."""
    if type(value) is not kind:
        raise _shape_mismatch(value, NAMES[kind])
    return value


def _file_name(value: Any, _: Any) -> str:
    if not is_file_name(_exactly(value, str)):
        raise _shape_mismatch(value, "a name that a file can have here")
    return str(value)


def _number(value: Any, _: type) -> float:
    if value is None:
        return math.nan
    if type(value) not in (int, float):
        raise _shape_mismatch(value, "a number")
    return float(value)


def _shape_mismatch(value: Any, wanted: str) -> TypeError:
    said = json.dumps(value)
    return TypeError(f"{said if len(said) <= LONG else said[:LONG] + '...'} is not {wanted}")


def _made_of(kind: type, factory: Callable[[Any, Converter], Build]) -> Callable[..., Build]:
    """As `factory`, of values of this kind alone."""

    def make(cls: Any, converter: Converter) -> Build:
        build = factory(cls, converter)
        return lambda value, asked: build(_exactly(value, kind), asked)

    return make


def _converter() -> Converter:
    found = Converter()
    for scalar in (str, bool, int):
        found.register_structure_hook(scalar, _exactly)
    found.register_structure_hook(float, _number)
    found.register_structure_hook_func(lambda cls: cls == FileName, _file_name)
    found.register_structure_hook_func(_is_array, lambda value, cls: value)
    for is_so, kind, factory in (
        (is_dataclass, dict, make_dict_structure_fn),
        (_is_mapping, dict, mapping_structure_factory),
        (_is_series, list, homogenous_tuple_structure_factory),
    ):
        found.register_structure_hook_factory(is_so, _made_of(kind, factory))
    return found


def _is_array(cls: Any) -> bool:
    return get_origin(cls) is np.ndarray


def _is_mapping(cls: Any) -> bool:
    return get_origin(cls) is dict


def _is_series(cls: Any) -> bool:
    """`tuple[X, ...]`."""
    return get_origin(cls) is tuple and get_args(cls)[-1] is ...


_CONVERTER = _converter()
