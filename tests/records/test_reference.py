"""References are read as they were written, and refused by name where they are not."""

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from parity.errors import BrokenReferenceError, ParityError
from parity.records import reference
from parity.records.answers import Answer, Returned
from parity.records.encoding import Arrays, decoded, encoded
from parity.records.interventions import Change, Lent
from parity.records.reference import About, Reference

ABOUT = About(
    pair="keras and torch",
    keras="keras",
    backend="tensorflow",
    task=None,
    seed=0,
    gates=("output",),
    steps=5,
    shape=(2, 3),
    is_given=False,
    has_weights=False,
    mapping={"layers": {"a": ["b"]}},
    provenance={"versions": {"numpy": "2"}},
    left_out={"lockstep": 12},
)
ANSWER = Answer((Returned("", "x", "tensor", np.arange(3.0)),), note="plainly")


def made() -> Reference:
    arrays: Arrays = {}
    answers = {"question": {"value": encoded((ANSWER,), arrays)}}
    inputs = {"x": np.ones((2, 3), np.float32)}
    return Reference(ABOUT, answers, arrays, inputs, {"w": np.zeros((2, 2), np.float32)})


def test_a_value_comes_back_as_it_was() -> None:
    lent = Change("s", "call", "f", {"mask": Lent("m", np.ones(2, bool), False)})
    values: list[Any] = [
        *(None, True, 3, "text", 1.5, math.inf, [1, (2, [3])], {"a": 1, 2: (3,)}),
        *(np.float32(2), np.arange(4, dtype=np.int32).reshape(2, 2)[:, ::-1], ANSWER, lent),
    ]
    arrays: Arrays = {}
    text = json.dumps(encoded(values, arrays), allow_nan=False)
    found = decoded(json.loads(text), arrays)
    assert repr(found) == repr(values)
    assert [type(x) for x in found] == [type(x) for x in values]
    assert math.isnan(decoded(encoded(math.nan, arrays), arrays))


def test_no_other_code_is_run_by_what_is_read() -> None:
    for harmful in ({"record": "Path", "fields": {}}, {"record": "Answer", "fields": {"x": 1}}):
        with pytest.raises(ParityError, match="is nothing that was recorded"):
            decoded(harmful, {})


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    size = reference.write(made(), tmp_path)
    found = reference.read(tmp_path)
    assert found.about == ABOUT
    assert found.answers == made().answers
    (answer,) = decoded(found.answers["question"]["value"], found.arrays)
    assert answer.parts[0].value.tolist() == [0, 1, 2]
    assert size == sum(path.stat().st_size for path in tmp_path.iterdir())


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-2] ^= 1
    path.write_bytes(bytes(data))


@pytest.mark.parametrize(
    "name",
    ["answers.json", "arrays.safetensors", "inputs.safetensors", "weights.safetensors"],
)
@pytest.mark.parametrize(
    ("harm", "told"), [(cut, "bytes, not"), (flipped, "was altered"), (Path.unlink, "is missing")]
)
def test_a_file_that_is_not_as_it_was_is_refused(
    tmp_path: Path, name: str, harm: Callable[[Path], None], told: str
) -> None:
    reference.write(made(), tmp_path)
    harm(tmp_path / name)
    with pytest.raises(BrokenReferenceError, match=f"{name}.*{told}"):
        reference.read(tmp_path)


@pytest.mark.parametrize(
    ("name", "other", "told"),
    [
        ("weights", {"w": np.zeros((2, 2))}, "w is float64 (2, 2), should be float32 (2, 2)"),
        ("inputs", {"x": np.ones((3, 2), np.float32)}, "x is float32 (3, 2), should be float32 (2"),
        ("weights", {}, "w is missing"),
    ],
)
def test_types_and_shapes_are_looked_at_where_checksums_were_made_to_fit(
    tmp_path: Path, name: str, other: Arrays, told: str
) -> None:
    reference.write(made(), tmp_path)
    save_file(other, tmp_path / f"{name}.safetensors")
    _seal(tmp_path, f"{name}.safetensors")
    with pytest.raises(BrokenReferenceError) as error:
        reference.read(tmp_path)
    assert told in str(error.value)


def test_an_array_that_is_not_what_its_name_says_is_refused(tmp_path: Path) -> None:
    reference.write(made(), tmp_path)
    path = tmp_path / "arrays.safetensors"
    save_file({name: array + 1 for name, array in load_file(path).items()}, path)
    _seal(tmp_path, path.name)
    with pytest.raises(BrokenReferenceError, match=r"arrays\.safetensors: .* was altered"):
        reference.read(tmp_path)


def _seal(folder: Path, name: str) -> None:
    """Give the manifest checksums that fit a file as it is now."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    data = (folder / name).read_bytes()
    described = manifest["files"][name] | {
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    manifest["files"][name] = described
    del manifest["sha256"]
    sealed = manifest | {"sha256": reference._checksum(manifest)}
    path.write_text(json.dumps(sealed), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"format": 1}, "of format 1, not 4"),
        ({"about": {}}, "not of this version"),
        ({"sha256": "0"}, "was altered: its checksum"),
    ],
)
def test_a_manifest_that_is_not_as_it_was_is_refused(
    tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    reference.write(made(), tmp_path)
    path = tmp_path / "manifest.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(found | change), encoding="utf-8")
    with pytest.raises(ParityError, match=told):
        reference.read(tmp_path)


def test_a_folder_without_a_manifest_is_none(tmp_path: Path) -> None:
    with pytest.raises(BrokenReferenceError, match="is no reference: there is no"):
        reference.read(tmp_path)


def test_a_reference_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    reference.write(made(), tmp_path)
    reference.write(replace(made(), about=replace(ABOUT, seed=4)), tmp_path)
    assert reference.read(tmp_path).about.seed == 4
