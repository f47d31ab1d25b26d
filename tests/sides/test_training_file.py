"""How a pair is trained, read from a person's file."""

from pathlib import Path

import numpy as np
import pytest

from parity.errors import ModelError
from parity.records.own_training import InFile, Training
from parity.sides import training_file


def written(folder: Path, text: str) -> str:
    """A file of a name of its own, as a process runs each file once."""
    file = folder / f"{folder.name}.py"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_numbers_and_texts_are_read_and_functions_are_named(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        "keras_loss = ['mse', 'mae']\ndef torch_loss(y, t): ...\noptimizer = print\n"
        "batch_size = 8\nx = {'a': [[1.0, 2.0]]}\n",
    )
    found = training_file.read(file)
    assert found.loss == InFile(file, "torch_loss")
    assert found.optimizer == InFile(file, "optimizer")
    assert (found.keras_loss, found.batch_size, found.step) == (["mse", "mae"], 8, None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("optimizer = print\ntorch_los = print", r"no torch_loss \(did you mean 'torch_los'\?\)"),
        ("loss = print", "defines no torch_optimizer; it may define torch_loss, torch_optimizer"),
        ("loss = torch_loss = optimizer = print", "defines loss and torch_loss, which are the"),
        ("loss = optimizer = print\nbatch_size = 0", "batch_size=0: give a whole number"),
        ("loss = optimizer = print\nscheduler_interval = 'day'", "choose step or epoch"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("import nothing_of_this_name", "nothing_of_this_name"),
    ],
)
def test_a_file_that_does_not_say_it_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        training_file.read(written(tmp_path, text))


def test_samples_of_the_file_are_arrays(tmp_path: Path) -> None:
    file = written(tmp_path, "loss = optimizer = print\nx = [range(3), range(4)]")
    found: Training = training_file.read(file)
    assert [array.tolist() for array in found.x] == [[0, 1, 2], [0, 1, 2, 3]]
    assert all(isinstance(array, np.ndarray) for array in found.x)
