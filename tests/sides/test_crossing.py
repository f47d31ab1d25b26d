"""Large arrays go from process to process in files that the other maps, small ones do not."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import ml_dtypes
import numpy as np
import pytest

from parity.sides import crossing
from parity.sides.process import Worker

LARGE = np.arange(crossing.LARGE, dtype=np.float32)


@pytest.fixture
def folder() -> Iterator[str]:
    with crossing.new_folder() as name:
        yield name


def files(folder: str) -> list[Path]:
    return list(Path(folder).iterdir())


@pytest.mark.parametrize(
    "value",
    [
        LARGE,
        LARGE.reshape(2, -1).T,
        LARGE[::2],
        LARGE.astype(ml_dtypes.bfloat16),
        LARGE.astype(np.complex64),
        LARGE > 3,
    ],
    ids=["contiguous", "turned", "every other", "bfloat16", "complex", "boolean"],
)
def test_a_large_array_comes_as_it_was(folder: str, value: np.ndarray) -> None:
    packed = crossing.packed({"kernel": value}, folder)
    assert len(packed.value) < 1000
    found = crossing.opened(packed)["kernel"]
    assert found.dtype == value.dtype
    np.testing.assert_array_equal(found, value)


def test_whoever_opens_it_may_write_to_it_and_leaves_no_file(folder: str) -> None:
    packed = crossing.packed((LARGE,), folder)
    assert len(files(folder)) == 1
    (found,) = crossing.opened(packed)
    found[0] = 7
    assert (found[0], LARGE[0]) == (7, 0)
    assert files(folder) == []


def test_an_array_that_stands_twice_crosses_once(folder: str) -> None:
    packed = crossing.packed([LARGE, LARGE], folder)
    assert len(files(folder)) == 1
    one, other = crossing.opened(packed)
    assert one is other


def test_a_small_array_takes_no_file(folder: str) -> None:
    packed = crossing.packed(np.ones(8), folder)
    assert files(folder) == []
    np.testing.assert_array_equal(crossing.opened(packed), np.ones(8))


def test_where_there_is_no_room_it_goes_through_the_pipe(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=2 * LARGE.nbytes))
    packed = crossing.packed(LARGE, folder)
    assert files(folder) == []
    np.testing.assert_array_equal(crossing.opened(packed), LARGE)


def test_a_worker_that_is_closed_leaves_no_folder() -> None:
    worker = Worker("torch")
    folder = Path(worker._folder.name)
    worker.ready()
    assert folder.is_dir()
    worker.close()
    assert not folder.exists()
