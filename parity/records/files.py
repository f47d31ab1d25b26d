"""Write files whole or not at all, in a folder that one command holds."""

import contextlib
import json
import math
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from filelock import BaseFileLock, FileLock, Timeout
from safetensors.numpy import save

from parity.errors import ResultsError
from parity.records.comparison import Array

PREFIX = ".unfinished-"  # of what is being written
LET_GO_S = 0.1  # a holder that is just ending gets so long
ROOMS = ("", "records/", "runs/", "tables/", "pictures/", "unfinished/", "unfinished/*/")


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; it takes its place when the block ends well.

    The temporary name keeps all of the suffixes. Raises ResultsError where it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=PREFIX) as folder:
            temporary = Path(folder) / path.name
            yield temporary
            _to_disk(temporary)
            os.replace(temporary, path)
        _to_disk(path.parent)
    except OSError as error:
        raise ResultsError(f"{path} cannot be written: {error.strerror or error}") from error


def prepare(folder: Path) -> None:
    """Raise ResultsError, before any work is done, where a folder cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()  # without a name: another command may look too
    except OSError as error:
        raise ResultsError(f"{folder} cannot be written: {error.strerror or error}") from error


def sweep(folder: Path) -> None:
    """Delete what a kill left of files that were being written in a results folder.

    Folders of other commands, which may lie in it, are theirs.
    """
    for room in ROOMS:
        for left in folder.glob(f"{room}{PREFIX}*"):
            shutil.rmtree(left, ignore_errors=True)


def lock(folder: Path) -> BaseFileLock:
    """The folder's lock, held until `unlock`, or until this process ends in whatever way.

    Raises ResultsError where another command holds it, or it cannot be written.
    """
    path = folder / ".lock"
    held = FileLock(path, timeout=LET_GO_S, thread_local=False)
    try:
        held.acquire()
    except Timeout:
        raise ResultsError(
            f"{folder} is in use by another parity command; wait for it, or choose another --out"
        ) from None
    except OSError as error:
        raise ResultsError(f"{path} cannot be written: {error.strerror or error}") from error
    return held


def unlock(held: BaseFileLock) -> None:
    """Let others have the folder, and leave no file of the lock behind."""
    if not held.is_locked:  # let go already: the file may be another's by now
        return
    with contextlib.suppress(OSError):  # Windows deletes no open file; filelock does it there
        Path(held.lock_file).unlink()  # while it is held: whoever has it open already looks again
    held.release()


def _to_disk(path: Path) -> None:
    """Wait until a file, or a folder's list of names, would outlive a power cut."""
    is_folder = path.is_dir()
    if is_folder and not hasattr(os, "O_DIRECTORY"):  # Windows opens no folder
        return
    # Windows flushes only what may be written.
    descriptor = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_text(path: Path, text: str) -> None:
    """In UTF-8, with the line ends of the text: the same bytes on every system."""
    with whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, value: Any) -> None:
    write_text(path, json.dumps(plain(value), indent=1, allow_nan=False) + "\n")


def save_arrays(
    path: Path, arrays: dict[str, Array], metadata: dict[str, str] | None = None
) -> None:
    """As safetensors, which takes no views. The file can be read by whoever can read the folder."""
    contiguous = {name: np.ascontiguousarray(a).reshape(a.shape) for name, a in arrays.items()}
    with whole(path) as temporary:
        temporary.write_bytes(save(contiguous, metadata))


def plain(value: Any) -> Any:
    """What JSON can hold: a number that is not finite becomes null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value
