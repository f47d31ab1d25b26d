"""A reference: what was recorded of a Keras model, in a folder of JSON and safetensors.

manifest.json        what it is of, how it was asked, and the size and SHA-256 of each file
answers.json         by question, what Keras gave (parity/sides/noted.py says what a question is)
arrays.safetensors   the arrays of the answers, each under a digest of its type, shape and numbers
inputs.safetensors   what both models were shown, by Keras's names
weights.safetensors  Keras's weights as the port's state dict
samples.safetensors  of twin files: the samples that they prepare and train on

No pickle: reading it makes records of this package, and runs no code.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from parity.errors import BrokenReferenceError
from parity.records import files, reading
from parity.records.comparison import Array, LowPrecision
from parity.records.encoding import Arrays, decoded, digest
from parity.records.names import FileName
from parity.records.pair import Task

FORMAT = 4
TRAINING = "training"  # among the answers: how an own pair is trained, as far as it is settled
MANIFEST, ANSWERS = "manifest.json", "answers.json"
TENSORS = ("arrays", "inputs", "weights", "samples")
REMEDY = "record it anew"


@dataclass(frozen=True)
class About:
    """What a reference is of, and what was asked.

    keras       what the Keras model is called
    task        of twin files; None where the pair has no recipe
    gates       that can be run against it
    is_given    were the inputs a person's own?
    has_weights were Keras's weights read from a file?
    most        bytes that arrays may take; None for no limit
    left_out    chapter -> bytes that found no room
    low         the low precision that was recorded, too
    """

    pair: str
    keras: str
    backend: str
    task: Task | None
    seed: int
    gates: tuple[str, ...]
    steps: int
    shape: tuple[int, ...] | None
    is_given: bool
    has_weights: bool
    mapping: dict[str, Any]
    provenance: dict[str, Any]
    most: int | None = None
    left_out: dict[str, int] = field(default_factory=dict)
    low: LowPrecision | None = None


@dataclass(frozen=True)
class Reference:
    about: About
    answers: dict[str, Any] = field(repr=False)
    arrays: Arrays = field(repr=False)
    inputs: Arrays = field(repr=False)
    weights: Arrays = field(repr=False)
    samples: Arrays = field(default_factory=dict, repr=False)

    @property
    def training(self) -> dict[str, Any] | None:
        """What of an own pair's training is settled; None where none was recorded."""
        entry = self.answers.get(TRAINING)
        found: dict[str, Any] | None = entry and decoded(entry["value"], self.arrays)
        return found


@dataclass(frozen=True)
class _File:
    """tensors: name -> "float32 (3, 4)"; of JSON none."""

    bytes: int
    sha256: str
    tensors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Manifest:
    format: int
    about: About
    files: dict[FileName, _File]
    sha256: str  # of all else that it says


def write(reference: Reference, folder: Path) -> int:
    """Write a reference; the bytes that it takes. Raises ResultsError where it cannot be written.

    What an earlier one left in the folder is replaced, the manifest last.
    """
    files.prepare(folder)
    for old in (MANIFEST, ANSWERS, *(_tensors(name) for name in TENSORS)):
        files.clear(folder, old)
    files.write_json(folder / ANSWERS, reference.answers)
    written = {ANSWERS: _file(folder / ANSWERS)}
    for name in TENSORS:
        arrays: Arrays = getattr(reference, name)
        path = folder / _tensors(name)
        files.save_arrays(path, arrays, {"format": "pt"} if name == "weights" else None)
        written[path.name] = _file(path, arrays)
    about, described = asdict(reference.about), {n: asdict(x) for n, x in written.items()}
    manifest = {"format": FORMAT, "about": about, "files": described}
    files.write_json(folder / MANIFEST, manifest | {"sha256": _checksum(manifest)})
    return sum(x.stat().st_size for x in folder.iterdir() if x.name in (*written, MANIFEST))


def read(folder: Path) -> Reference:
    """Read a reference. Raises BrokenReferenceError where it is none, or not as it was written."""
    path = folder / MANIFEST
    if not path.is_file():
        raise BrokenReferenceError(
            f"{folder} is no reference: there is no {path}; `parity record` makes one"
        )
    found = reading.read_json(path, REMEDY)
    if found.get("format") != FORMAT:
        raise BrokenReferenceError(
            f"{path} is of format {found.get('format')!r}, not {FORMAT}; {REMEDY}"
        )
    manifest = reading.record(_Manifest, found, path, REMEDY)
    if _checksum({name: found[name] for name in ("format", "about", "files")}) != manifest.sha256:
        raise BrokenReferenceError(f"{path} was altered: its checksum is another; {REMEDY}")
    for name in (ANSWERS, *(_tensors(name) for name in TENSORS)):
        _require_whole(folder / name, manifest.files.get(name))
    answers = reading.read_json(folder / ANSWERS, REMEDY)
    arrays = {name: _read(folder / _tensors(name), manifest) for name in TENSORS}
    for name, array in arrays["arrays"].items():
        if digest(array) != name:
            raise BrokenReferenceError(
                f"{folder / _tensors('arrays')}: {name} was altered; {REMEDY}"
            )
    return Reference(manifest.about, answers, *(arrays[name] for name in TENSORS))


def _tensors(name: str) -> str:
    return f"{name}.safetensors"


def _file(path: Path, arrays: Arrays | None = None) -> _File:
    held = {name: _kind(array) for name, array in (arrays or {}).items()}
    return _File(path.stat().st_size, _sha256(path), held)


def _kind(array: Array) -> str:
    return f"{array.dtype} {array.shape}"


def _require_whole(path: Path, known: _File | None) -> None:
    if known is None or not path.is_file():
        raise BrokenReferenceError(f"{path} is missing; {REMEDY}")
    size = path.stat().st_size
    if size != known.bytes:
        raise BrokenReferenceError(f"{path} has {size} bytes, not {known.bytes}; {REMEDY}")
    if _sha256(path) != known.sha256:
        raise BrokenReferenceError(f"{path} was altered: its checksum is another; {REMEDY}")


def _read(path: Path, manifest: _Manifest) -> Arrays:
    found = reading.read_arrays(path, REMEDY)
    known = manifest.files[path.name].tensors
    for name in sorted({*known, *found}):
        has = _kind(found[name]) if name in found else "missing"
        if has != known.get(name):
            wanted = known.get(name, "not there")
            raise BrokenReferenceError(f"{path}: {name} is {has}, should be {wanted}; {REMEDY}")
    return found


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checksum(manifest: dict[str, Any]) -> str:
    text = json.dumps(files.plain(manifest), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
