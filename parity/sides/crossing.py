"""Values that go from process to process: large arrays lie in files that the other side maps.

A pipe takes 64 KB at a time and copies them several times on the way: five times as long, for the
weights of a large model, as to write them to memory that both see. What is small, and what finds no
room, goes through the pipe.
"""

import contextlib
import io
import mmap
import os
import pickle
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from parity.records.comparison import Array

LARGE = 2**18  # bytes, from which on an array is worth a file
MEMORY = Path("/dev/shm")  # where Linux keeps files in memory
SPARE = 4  # times what is to be written that must be free there: a container has little


@dataclass(frozen=True)
class Packed:
    """A value on its way, to be opened once."""

    value: bytes


def new_folder() -> tempfile.TemporaryDirectory[str]:
    """For files between two processes, in memory where there is such a place; what nobody opened
    goes with it."""
    place = MEMORY if os.access(MEMORY, os.W_OK) else None
    return tempfile.TemporaryDirectory(prefix="parity-", dir=place, ignore_cleanup_errors=True)


def packed(value: Any, folder: str) -> Packed:
    told = io.BytesIO()
    _Packing(told, folder).dump(value)
    return Packed(told.getvalue())


def opened(packed: Packed) -> Any:
    """The value, whose arrays are this process's own to write to; the files are gone."""
    return pickle.loads(packed.value)


class _Packing(pickle.Pickler):
    def __init__(self, file: io.BytesIO, folder: str) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._folder = folder

    def reducer_override(self, value: Any) -> Any:
        is_large = type(value) is np.ndarray and value.nbytes >= LARGE
        if not is_large or value.dtype.hasobject or not _has_room(self._folder, value.nbytes):
            return NotImplemented
        handle, path = tempfile.mkstemp(dir=self._folder)
        with os.fdopen(handle, "wb") as file:
            np.ascontiguousarray(value).view(np.uint8).tofile(file)
        return _mapped, (path, value.dtype, value.shape)


def _has_room(folder: str, size: int) -> bool:
    try:
        return size * SPARE <= shutil.disk_usage(folder).free
    except OSError:
        return False


def _mapped(path: str, dtype: np.dtype[Any], shape: tuple[int, ...]) -> Array:
    with Path(path).open("rb") as file:
        held = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    with contextlib.suppress(OSError):  # Windows keeps what is mapped until its folder goes
        os.unlink(path)
    return np.frombuffer(held, np.uint8).view(dtype).reshape(shape)
