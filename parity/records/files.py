"""Write files whole or not at all, in a folder that one command holds."""

import contextlib
import errno
import json
import math
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from filelock import BaseFileLock, FileLock, Timeout
from safetensors.numpy import save

from parity.errors import ResultsError
from parity.records.comparison import Array

PREFIX = ".unfinished-"  # of what is being written
LET_GO_S = 0.1  # a holder that is just ending gets so long
OPEN_FILES = (Path("/dev"), Path("/dev/fd"))  # where they have names, or their numbers for one
OPEN = {"stdout": "1", "stderr": "2"}
ROOMS = ("", "records/", "runs/", "tables/", "pictures/", "unfinished/", "unfinished/*/")


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Yield a temporary path; what it holds takes the place of `path` when the block ends well.

    Where `path` is a link, it stays one, and what it leads to is written. A pipe or a device is
    written into. The temporary name keeps all of the suffixes. Raises ResultsError where it cannot
    be written.
    """
    try:
        with _copied_into(path) if _is_stream(path) else _replacing(path) as temporary:
            yield temporary
    except OSError as error:
        raise _unwritable(path, error) from error


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    place = _behind(path)
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=PREFIX) as folder:
        temporary = Path(folder) / path.name
        yield temporary
        _to_disk(temporary)
        os.replace(temporary, place)
    _to_disk(place.parent)


@contextlib.contextmanager
def _copied_into(path: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
        temporary = Path(folder) / path.name
        yield temporary
        with _stream(path) as stream:
            stream.write(temporary.read_bytes())


def _stream(path: Path) -> IO[bytes]:
    """What is open already goes on where it is, be it a file: /dev/stdout, /dev/fd/3."""
    number = OPEN.get(path.name, path.name) if path.absolute().parent in OPEN_FILES else ""
    return os.fdopen(os.dup(int(number)), "wb") if number.isdecimal() else path.open("wb")


def _is_stream(path: Path) -> bool:
    """A pipe, a device, or the name that an open file has there."""
    if not path.exists():
        return False
    return not (path.is_file() or path.is_dir()) or path.absolute().parent in OPEN_FILES


def _behind(path: Path) -> Path:
    """Where links lead. Raises OSError where that is in circles."""
    place = Path(os.path.realpath(path))
    if place.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    return place


def _unwritable(path: Path, error: OSError) -> ResultsError:
    return ResultsError(f"{path} cannot be written: {error.strerror or error}")


def prepare(folder: Path) -> None:
    """Raise ResultsError, before any work is done, where a folder cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()  # without a name: another command may look too
    except OSError as error:
        raise _unwritable(folder, error) from error


@contextlib.contextmanager
def prepared(folder: Path) -> Iterator[None]:
    """The same for what comes within it; folders that were made for it and stay empty go again."""
    made = [place for place in (folder, *folder.parents) if not place.exists()]
    prepare(folder)
    try:
        yield
    finally:
        for place in made:
            with contextlib.suppress(OSError):  # something is in it
                place.rmdir()


def require_writable(path: Path) -> None:
    """Raise ResultsError, before any work is done, where a file cannot be written."""
    try:
        is_folder, is_stream, place = path.is_dir(), _is_stream(path), _behind(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    if is_folder:
        raise ResultsError(f"{path} is a folder; name a file")
    if not is_stream:
        prepare(place.parent)


def clear(folder: Path, pattern: str) -> None:
    """Delete the files that an earlier state left. What is a link, or no file, stays."""
    for old in sorted(folder.glob(pattern)):
        if old.is_file() and not old.is_symlink():
            old.unlink()


def sweep(folder: Path) -> None:
    """Delete what a kill left of files that were being written in a results folder.

    Folders of other commands, which may lie in it, are theirs.
    """
    for room in ROOMS:
        for left in folder.glob(f"{room}{PREFIX}*"):
            shutil.rmtree(left, ignore_errors=True)


@contextlib.contextmanager
def held(folder: Path) -> Iterator[BaseFileLock]:
    """A folder that is written, held for one command. Raises ResultsError as `lock` does."""
    prepare(folder)
    mine = lock(folder)
    try:
        yield mine
    finally:
        unlock(mine)


def lock(folder: Path) -> BaseFileLock:
    """The folder's lock, held until `unlock`, or until this process ends in whatever way.

    Raises ResultsError where another command holds it, or it cannot be written.
    """
    path = folder / ".lock"
    if not _may_be_a_lock(path):
        raise ResultsError(f"{path} is no lock of parity's; choose another --out")
    mine = FileLock(path, timeout=LET_GO_S, thread_local=False)
    try:
        mine.acquire()
    except Timeout:
        raise ResultsError(
            f"{folder} is in use by another parity command; wait for it, or choose another --out"
        ) from None
    except OSError as error:
        raise _unwritable(path, error) from error
    return mine


def _may_be_a_lock(path: Path) -> bool:
    """Is nothing there, or an empty file? Another may delete its own meanwhile."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return True
    return stat.S_ISREG(found.st_mode) and found.st_size == 0


def unlock(mine: BaseFileLock) -> None:
    """Let others have the folder, and leave no file of the lock behind."""
    if not mine.is_locked:  # let go already: the file may be another's by now
        return
    with contextlib.suppress(OSError):  # Windows deletes no open file; filelock does it there
        Path(mine.lock_file).unlink()  # while it is held: whoever has it open already looks again
    mine.release()


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
    """In UTF-8, with the line ends of the text: the same bytes on every system.

    The name of a file that is no UTF-8 has a question mark for each byte that it cannot have.
    """
    with whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="replace", newline="\n")


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
