"""Weights through files: bitwise there and back, and nothing written that does not fit."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from parity.checking import filling
from parity.checking.filling import Proven
from parity.checking.options import Options
from parity.checking.probe import Probe
from parity.errors import ModelError, ParityError, TransferError
from parity.mapping import weight_files
from parity.pairs import own, select
from parity.records.comparison import Array
from parity.sides.process import Sides

(CNN,) = select(["cnn"])
NORM = own("tests.own.keras_transfer:build", "tests.own.torch_transfer:Net")


@pytest.fixture(scope="module")
def found(sides: Sides, shown: Probe) -> Iterator[Proven]:
    with filling.proven(CNN, sides, Options(seed=7), shown) as proven:
        yield proven


def test_keras_to_torch_to_keras_is_bitwise(
    found: Proven, sides: Sides, shown: Probe, tmp_path: Path
) -> None:
    torch, keras = tmp_path / "a.safetensors", tmp_path / "b.weights.h5"
    weight_files.write(torch, found.plan, sides, found.as_torch())
    asked = Options(seed=8, torch_weights=str(torch))
    with filling.proven(CNN, sides, asked, shown) as again:
        back = again.as_keras()
        weight_files.write(keras, again.plan, sides, back)
    with filling.proven(CNN, sides, Options(seed=9, keras_weights=str(keras)), shown) as last:
        assert_equal(last.keras, found.keras)
    assert_equal(back, found.keras)
    assert all(array.any() for name, array in back.items() if "bias" not in name)


def assert_equal(weights: dict[str, Array], others: dict[str, Array]) -> None:
    assert weights.keys() == others.keys()
    for name, array in weights.items():
        assert array.tobytes() == others[name].tobytes(), name


def test_a_file_holds_all_that_a_port_asks_for(sides: Sides, tmp_path: Path) -> None:
    """A count of batches, a buffer, a computed weight: all that load_state_dict asks for."""
    path, saved = tmp_path / "norm.safetensors", tmp_path / "norm.keras"
    with filling.proven(NORM, sides, Options()) as proven:
        weight_files.write(path, proven.plan, sides, proven.as_torch())
        state = load_file(path)
        assert set(state) == {
            *(f"norm.{name}" for name in ("weight", "bias", "running_mean", "running_var")),
            *("norm.num_batches_tracked", "scale", "out.bias"),
            *(f"out.parametrizations.weight.original{n}" for n in (0, 1)),
        }
        assert state["norm.num_batches_tracked"].dtype == np.int64
        assert (
            state["norm.running_var"].tobytes()
            == proven.keras["normed/norm/moving_variance"].tobytes()
        )
    with filling.proven(NORM, sides, Options(seed=3, torch_weights=str(path))) as again:
        weight_files.write(saved, again.plan, sides, again.as_keras())
    loaded = own(str(saved), "tests.own.torch_transfer:Net")
    with filling.proven(loaded, sides, Options()) as last:
        for name, array in proven.keras.items():  # the file names no model
            np.testing.assert_allclose(last.keras[name.removeprefix("normed/")], array, rtol=1e-6)


def test_a_pair_that_returns_something_else_is_refused(sides: Sides) -> None:
    wrong = own("tests.own.keras_transfer:build", "tests.own.torch_transfer:Other")
    with (
        pytest.raises(TransferError, match=r"the outputs do not agree in float64: .* apart"),
        filling.proven(wrong, sides, Options()),
    ):
        pass


def test_a_second_bias_that_is_not_zero_has_no_place_in_keras(sides: Sides) -> None:
    pair = own("tests.own.keras_transfer:lstm", "tests.own.torch_transfer:Recurrent")
    with filling.proven(pair, sides, Options()) as proven:
        proven.as_torch()
        with pytest.raises(TransferError, match=r"`lstm\.bias_hh_l0` holds more than Keras has"):
            proven.as_keras()


def test_a_file_that_does_not_fit_is_refused(
    found: Proven, sides: Sides, shown: Probe, tmp_path: Path
) -> None:
    weights = found.as_torch()
    weights["stray"] = weights.pop("conv1.bias")
    save_file(weights, tmp_path / "bad.safetensors")
    (tmp_path / "x.safetensors").write_bytes(b"nonsense")
    for name, told in (
        ("bad", r"conv1\.bias.*stray"),
        ("x", "does not hold this module's weights"),
    ):
        asked = Options(torch_weights=str(tmp_path / f"{name}.safetensors"))
        with (
            pytest.raises(ModelError, match=told),
            filling.proven(own("tests.own.keras_transfer:build", "torch_port.cnn"), sides, asked),
        ):
            pass


def test_the_names_must_say_one_direction(tmp_path: Path) -> None:
    with pytest.raises(ParityError, match="ends in"):
        weight_files.kind(tmp_path / "weights.pt")
    with pytest.raises(ParityError, match="both hold torch weights"):
        weight_files.require_direction(tmp_path / "a.safetensors", tmp_path / "b.safetensors")
    with pytest.raises(ParityError, match="no such file"):
        weight_files.require_direction(tmp_path / "a.keras", tmp_path / "b.safetensors")
