"""Data sets: the right bytes, or a clear refusal; the embedded digits where there is no network."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from parity.errors import DataError, ParityError
from parity.numerics import draws
from parity.sides.process import Sides
from parity.train.data import dataset, digits, mnist

REAL = os.environ.get("PARITY_DATA", "")
needs_mnist = pytest.mark.skipif(not REAL, reason="PARITY_DATA names no folder with MNIST")


@needs_mnist
def test_real_mnist(sides: Sides) -> None:
    data = dataset.load(sides.torch, "mnist", REAL)
    assert (data.train_images.shape, data.test_images.shape) == ((60000, 28, 28), (10000, 28, 28))
    assert data.train_images.dtype == np.uint8
    assert data.train_labels[:5].tolist() == [5, 0, 4, 1, 9]


def test_an_altered_file_is_named_and_refused(tmp_path: Path) -> None:
    for name in mnist.MD5:
        (tmp_path / name).write_bytes(b"truncated")
    with pytest.raises(DataError, match=r"t10k-images-idx3-ubyte: MD5 is .* truncated or altered"):
        mnist.verify(tmp_path)


def test_an_altered_file_is_not_replaced_by_the_digits(sides: Sides, tmp_path: Path) -> None:
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name in mnist.MD5:
        (raw / name).write_bytes(b"truncated")
    with pytest.raises(DataError, match="delete it and run again"):
        dataset.load(sides.torch, "auto", str(tmp_path))


def cut_the_network() -> None:
    """Runs in the torch worker."""
    import torchvision.datasets as sets

    def refuse(*args: object, **kwargs: object) -> None:
        raise OSError("no route to host")

    sets.mnist.download_and_extract_archive = refuse


def download_from(folder: str) -> None:
    """Runs in the torch worker: every download is a copy of the real file."""
    import torchvision.datasets as sets

    def copy(url: str, download_root: str, filename: str, md5: str) -> None:
        name = filename.removesuffix(".gz")
        shutil.copy(Path(folder) / "MNIST" / "raw" / name, Path(download_root) / name)

    sets.mnist.download_and_extract_archive = copy


@needs_mnist
def test_an_absent_mnist_is_downloaded_whole(sides: Sides, tmp_path: Path) -> None:
    sides.torch.run(download_from, REAL)
    assert dataset.load(sides.torch, "auto", str(tmp_path)).name == "mnist"
    found = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {f"MNIST/raw/{name}" for name in mnist.MD5}


def test_without_a_network_auto_falls_back_and_says_so(sides: Sides, tmp_path: Path) -> None:
    sides.torch.run(cut_the_network)
    data = dataset.load(sides.torch, "auto", str(tmp_path))
    assert data.name == "digits"
    assert "embedded digits instead of MNIST" in data.note
    assert data.describe()["data_note"] == data.note
    assert list(tmp_path.iterdir()) == [], "nothing half-written"


def test_without_a_network_mnist_is_refused(sides: Sides, tmp_path: Path) -> None:
    sides.torch.run(cut_the_network)
    with pytest.raises(DataError, match="use --data digits"):
        dataset.load(sides.torch, "mnist", str(tmp_path))


def test_an_unknown_data_set_is_refused(sides: Sides) -> None:
    with pytest.raises(ParityError, match="'cifar' is none of auto, mnist, digits"):
        dataset.load(sides.torch, "cifar")


def test_a_user_without_a_home_is_named() -> None:
    with pytest.raises(DataError, match="~no_such_user: Could not determine home directory"):
        dataset.folder("~no_such_user")


def test_digits_are_in_the_format_of_mnist_with_every_class_in_both_splits() -> None:
    train_x, train_y, test_x, test_y = digits.load()
    assert (train_x.shape, test_x.shape) == ((1437, 28, 28), (360, 28, 28))
    assert train_x.dtype == np.uint8
    assert train_x.max() == 255
    counts = np.bincount(test_y)
    assert counts.min() >= 34
    assert counts.max() <= 38
    assert np.array_equal(test_y, digits.load()[3]), "the split is fixed"
    assert train_y.dtype == np.int64


def test_draws_are_keyed_and_need_no_earlier_ones() -> None:
    order = draws.permutation(0, 3, 100)
    assert sorted(order) == list(range(100))
    assert np.array_equal(order, draws.permutation(0, 3, 100))
    assert not np.array_equal(order, draws.permutation(0, 4, 100))
    noise = draws.standard_normal((0, 1, 2), (1000,), "float32")
    assert noise.dtype == np.float32
    assert abs(noise.std() - 1) < 0.1
