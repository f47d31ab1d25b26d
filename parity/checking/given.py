"""What a person gives a check beside two models, looked at before any work is done."""

import math
import operator
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from parity.errors import ModelError, line
from parity.records.comparison import Array

SEEDS = 2**32  # NumPy's and Keras's
MOST = 2**28  # values in a sample: a gigabyte of float32
NUMBERS = "biuf"  # kinds of NumPy's dtypes: truth values, integers and floats


def arrays(path: Path) -> dict[str, Array]:
    """The arrays of an .npz file, by name, or the one of an .npy file.

    Raises ModelError where it is none, or holds anything but samples of numbers.
    """
    try:
        if not path.is_file():  # a pipe cannot be gone back in, and would be waited for
            raise FileNotFoundError("there is no such file")
        with path.open("rb") as file:
            found = np.load(file, allow_pickle=False)
            if isinstance(found, np.ndarray):
                named = {"0": found}
            else:
                named = {name.removeprefix("arr_"): found[name] for name in found.files}
    except Exception as error:  # as many kinds as zip, zlib, and a header's text have
        raise ModelError(
            f"{path} is no .npz or .npy file of plain arrays: {line(error)}"
        ) from error
    return _samples(named, str(path))


def inputs(found: Any) -> dict[str, Array] | None:
    """An array or a tensor, a list or a dictionary of them, by name; None stays None.

    Raises ModelError where they are not samples of numbers.
    """
    if found is None:
        return None
    if isinstance(found, Mapping):
        named = {str(name): value for name, value in found.items()}
    else:
        several = found if isinstance(found, list | tuple) else [found]
        named = {str(number): value for number, value in enumerate(several)}
    return _samples({name: _array(name, value) for name, value in named.items()}, "inputs")


def _array(name: str, value: Any) -> Array:
    try:
        # A torch tensor that needs a gradient, or lies on a GPU, is no array as it is.
        return np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
    except Exception as error:  # of whatever class the value is
        raise ModelError(f"inputs: {name!r} is no array of numbers: {line(error)}") from error


def _samples(named: dict[str, Array], title: str) -> dict[str, Array]:
    if not named:
        raise ModelError(f"{title} holds no array; give one for each of the model's inputs")
    for name, array in named.items():
        kind = getattr(array, "dtype", type(array).__name__)  # an archive may hold other files, too
        if not isinstance(array, np.ndarray) or array.dtype.kind not in NUMBERS:
            raise ModelError(f"{title}: {name!r} is of {kind}; give real numbers")
        if not array.shape or not array.size:
            raise ModelError(
                f"{title}: {name!r} has the shape {array.shape}; give (N, ...), with N samples"
            )
    # Numbers as this machine writes them: a file may hold those of another.
    return {
        n: array.astype(array.dtype.newbyteorder("="), copy=False) for n, array in named.items()
    }


def shape(found: Any) -> tuple[int, ...] | None:
    """The shape of one sample; None stays None. Raises ModelError where it is none."""
    if found is None:
        return None
    try:
        sizes = tuple(operator.index(size) for size in found)
    except TypeError as error:
        raise ModelError(f"input shape {found!r}: give whole numbers, like (28, 28, 1)") from error
    if min(sizes, default=1) < 1:
        raise ModelError(f"input shape {found!r}: every size is at least 1")
    if math.prod(sizes) > MOST:
        raise ModelError(f"input shape {found!r}: a sample of more than {MOST:,} values is too big")
    return sizes


def seed(found: Any) -> int:
    """Raises ModelError where it is none that all generators take."""
    try:
        number = operator.index(found)
    except TypeError as error:
        raise ModelError(f"seed={found!r}: give a whole number") from error
    if not 0 <= number < SEEDS:
        raise ModelError(f"seed={found!r}: give a number from 0 to {SEEDS - 1:,}")
    return number


def file(name: "str | os.PathLike[str]") -> str:
    """A file to be read, as text; "" for none. Raises ModelError where there is no such file."""
    try:
        path = os.fspath(name)
    except TypeError as error:
        raise ModelError(f"{name!r} is no file's name") from error
    if path and not Path(path).is_file():
        raise ModelError(f"no file {path!r}")
    return path
