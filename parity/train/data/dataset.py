"""What a data set is, and which one a run gets."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from parity.errors import DataError, ParityError
from parity.records.comparison import Array
from parity.sides.process import AnyWorker
from parity.train.data import digits, mnist

IMAGES = "images"
CHOICES = ("auto", "mnist", "digits")
INSTEAD = "embedded digits instead of MNIST, which is absent and could not be downloaded"


@dataclass(frozen=True)
class Dataset:
    """Images are uint8 (N, 28, 28), black 0 to white 255; labels are int64 (N,), 0 to 9.

    Of a person's own pair both are the numbers of samples, or what its twin files prepare.
    """

    name: str
    train_images: Array
    train_labels: Array
    test_images: Array
    test_labels: Array
    note: str = ""  # why this one, where it is not the one that was wanted
    # Of a run for which nobody chose, by task; without them a share of the course's.
    epochs: Mapping[str, int] | None = None
    behind: tuple[Array, ...] = ()  # what the numbers of samples stand for
    unit: str = IMAGES

    def digest(self) -> str:
        """The first 16 hexadecimal digits of SHA-256 over all arrays."""
        found = hashlib.sha256()
        own = self.train_images, self.train_labels, self.test_images, self.test_labels
        for array in (*own, *self.behind):
            found.update(np.ascontiguousarray(array).tobytes())
        return found.hexdigest()[:16]

    def describe(self) -> dict[str, object]:
        """For the provenance. No path of the machine."""
        described: dict[str, object] = {
            "data": self.name,
            "train": len(self.train_images),
            "test": len(self.test_images),
        }
        described |= {"data_note": self.note} if self.note else {}
        return described | ({"unit": self.unit} if self.unit != IMAGES else {})

    def summary(self) -> str:
        """One line for people."""
        counts = f"{len(self.train_images):,} train and {len(self.test_images):,} test"
        sizes = f"{counts} {self.unit}"
        return f"{self.name}, {sizes}" + (f" ({self.note})" if self.note else "")


def folder(data_dir: str | None) -> Path:
    """Where MNIST lies: `data_dir`, else PARITY_DATA, else a cache of this user's.

    Raises DataError where the user that it names has no home.
    """
    named = data_dir or os.environ.get("PARITY_DATA")
    try:
        if named:
            return Path(named).expanduser()
        cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    except RuntimeError as error:
        raise DataError(f"{named or '~'}: {error} Name a folder with --data-dir") from error
    return Path(cache) / "keras-torch-parity"


def load(torch_worker: AnyWorker, choice: str = "auto", data_dir: str | None = None) -> Dataset:
    """Load what `choice` names: "mnist", "digits", or "auto" for MNIST and, offline, digits.

    MNIST is downloaded where it is absent. torchvision reads it, in the torch worker.
    Raises DataError for an altered file, and where "mnist" is asked for and cannot be had.
    """
    if choice not in CHOICES:
        raise ParityError(f"--data: {choice!r} is none of {', '.join(CHOICES)}")
    if choice == "digits":
        return _digits("")
    root = folder(data_dir)
    try:
        return Dataset("mnist", *torch_worker.run(mnist.load, str(root)))
    except mnist.UnavailableError as error:
        if choice == "mnist":
            raise DataError(str(error)) from error
        return _digits(INSTEAD)


def _digits(note: str) -> Dataset:
    return Dataset("digits", *digits.load(), note=note, epochs=digits.EPOCHS)
