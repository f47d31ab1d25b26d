"""MNIST through torchvision, every file verified against its known MD5."""

import hashlib
import os
import socket
import tempfile
from pathlib import Path

import numpy as np

from parity.errors import DataError
from parity.records.comparison import Array

MD5 = {
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
}
NETWORK_TIMEOUT_S = 20


class UnavailableError(DataError):
    """MNIST is not there and could not be downloaded."""


def load(root: str) -> tuple[Array, Array, Array, Array]:
    """Train images and labels, test images and labels, as in Dataset; downloaded where absent.

    `root` holds torchvision's layout, MNIST/raw/. Imports torchvision: call it in the torch worker.
    Raises DataError naming a truncated or altered file, UnavailableError where there is no network.
    """
    from torchvision.datasets import MNIST

    raw = Path(root) / "MNIST" / "raw"
    if not all((raw / name).exists() for name in MD5):
        _download(Path(root))
    verify(raw)
    train, test = (MNIST(root, train=train, download=False) for train in (True, False))
    return (
        train.data.numpy(),
        train.targets.numpy().astype(np.int64),
        test.data.numpy(),
        test.targets.numpy().astype(np.int64),
    )


def verify(raw: Path) -> None:
    """Raise DataError for the first file whose MD5 is not the one that MNIST's file has."""
    for name, expected in MD5.items():
        with (raw / name).open("rb") as file:
            found = hashlib.file_digest(file, "md5").hexdigest()
        if found != expected:
            raise DataError(
                f"{raw / name}: MD5 is {found}, MNIST's is {expected}: the file is truncated or "
                "altered; delete it and run again to download it anew"
            )


def _download(root: Path) -> None:
    """Download into a folder beside the final one, and move each file when it is whole."""
    from torchvision.datasets import MNIST

    raw = root / "MNIST" / "raw"
    socket.setdefaulttimeout(NETWORK_TIMEOUT_S)
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=root, prefix="download-") as temporary:
            MNIST(temporary, download=True)
            fresh = Path(temporary) / "MNIST" / "raw"
            verify(fresh)
            raw.mkdir(parents=True, exist_ok=True)
            for name in MD5:
                if not os.path.lexists(raw / name):  # a link is somebody's own
                    os.replace(fresh / name, raw / name)
    except DataError:
        raise
    except Exception as error:
        reason = str(error).strip(": \n").splitlines() or [type(error).__name__]
        raise UnavailableError(
            f"MNIST is not in {root} and could not be downloaded ({reason[0]}); "
            "give a folder that has it with --data-dir, or use --data digits"
        ) from error
