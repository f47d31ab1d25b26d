"""Weights through files: bitwise there and back, and nothing written that does not fit."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from parity.checking import models
from parity.checking.options import Options
from parity.checking.probe import Probe
from parity.errors import ParityError, TransferError
from parity.mapping import weight_files
from parity.mapping.plan import Plan, key
from parity.pairs import select
from parity.sides.process import Sides
from parity.sides.verbs import InKeras, Models

(CNN,) = select(["cnn"])


@pytest.fixture
def plan(sides: Sides, shown: Probe) -> Plan:
    return models.draw_up(CNN, sides, Options(seed=7), shown)


def test_keras_to_torch_to_keras_is_bitwise(plan: Plan, sides: Sides, tmp_path: Path) -> None:
    name = key(CNN, "float32")
    first, torch, second = (
        tmp_path / file for file in ("a.weights.h5", "b.safetensors", "c.weights.h5")
    )
    sides.keras.call(InKeras.save, name, str(first))
    before = sides.keras.call(Models.weights, name)
    weight_files.move(plan, sides, first, torch)
    sides.keras.call(Models.assign, name, {path: array * 0 for path, array in before.items()})
    weight_files.move(plan, sides, torch, second)
    sides.keras.call(Models.assign, name, {path: array * 0 for path, array in before.items()})
    sides.keras.call(InKeras.read, name, str(second))
    after = sides.keras.call(Models.weights, name)
    assert before.keys() == after.keys()
    for path, array in before.items():
        assert array.tobytes() == after[path].tobytes(), path
        assert "bias" in path or array.any()


def test_the_file_is_a_state_dict_of_the_port(plan: Plan, sides: Sides, tmp_path: Path) -> None:
    weight_files.move(plan, sides, None, tmp_path / "cnn.safetensors")
    found = load_file(tmp_path / "cnn.safetensors")
    expected = sides.torch.call(Models.weights, key(CNN, "float32"))
    assert {n: a.shape for n, a in found.items()} == {n: a.shape for n, a in expected.items()}


def test_every_misfit_of_a_file_is_listed_and_nothing_is_written(
    plan: Plan, sides: Sides, tmp_path: Path
) -> None:
    weights = sides.torch.call(Models.weights, key(CNN, "float32"))
    weights["stray"] = weights.pop("conv1.bias")
    weights["out.bias"] = weights["out.bias"].astype(np.float16)
    save_file(weights, tmp_path / "bad.safetensors")
    with pytest.raises(TransferError) as error:
        weight_files.move(plan, sides, tmp_path / "bad.safetensors", tmp_path / "out.weights.h5")
    assert "`stray`: in the file, not in the port" in str(error.value)
    assert "`out.bias`: is float16, need float32" in str(error.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.safetensors"]


def test_a_missing_tensor_is_named(plan: Plan, sides: Sides, tmp_path: Path) -> None:
    weights = sides.torch.call(Models.weights, key(CNN, "float32"))
    del weights["conv1.bias"]
    save_file(weights, tmp_path / "short.safetensors")
    with pytest.raises(TransferError, match=r"`conv1\.bias`: missing"):
        weight_files.move(plan, sides, tmp_path / "short.safetensors", tmp_path / "out.weights.h5")


def test_a_file_that_is_no_safetensors_is_refused(plan: Plan, sides: Sides, tmp_path: Path) -> None:
    (tmp_path / "x.safetensors").write_bytes(b"nonsense")
    with pytest.raises(ParityError, match="no safetensors file that can be read"):
        weight_files.move(plan, sides, tmp_path / "x.safetensors", tmp_path / "out.weights.h5")


def test_the_names_must_say_one_direction(tmp_path: Path) -> None:
    with pytest.raises(ParityError, match="ends in"):
        weight_files.kind(tmp_path / "weights.pt")
    with pytest.raises(ParityError, match="both hold torch weights"):
        weight_files.require_direction(tmp_path / "a.safetensors", tmp_path / "b.safetensors")
    with pytest.raises(ParityError, match="no such file"):
        weight_files.require_direction(tmp_path / "a.weights.h5", tmp_path / "b.safetensors")
