"""A record comes back from JSON as it was; what is none is one error that names the place."""

import json
import math
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from parity.course.lesson import drift_read
from parity.course.reported import records
from parity.errors import ResultsError
from parity.records import files, reading
from parity.records.as_json import as_json
from parity.records.comparison import Array
from parity.records.jobs import Run, as_record
from parity.records.results import PairRecord, known, plain
from parity.records.training import LockstepRecord
from parity.results.show import lockstep


@dataclass(frozen=True)
class Layer:
    name: str
    shape: tuple[int, ...]
    noise: float | None = None


@dataclass(frozen=True)
class Kept:
    verdict: Literal["pass", "differ"]
    loss: float
    epochs: int
    layers: tuple[Layer, ...]
    versions: dict[str, str]
    settings: dict[str, Any]
    shown: Array | None = None


RESULTS = Path(__file__).parents[2] / "results"
WHOLE: dict[str, Any] = {
    "verdict": "pass",
    "loss": 1,
    "epochs": 2,
    "layers": [{"name": "fc1", "shape": [3, 4], "noise": None}, {"name": "fc2", "shape": []}],
    "versions": {"keras": "3.15"},
    "settings": {"lanes": ["tuned"], "rounds": 3},
}


def kept(path: Path, data: object) -> Kept:
    path.write_text(json.dumps(data), encoding="utf-8")
    return reading.read(Kept, path)


def test_a_record_is_built_by_the_types_of_its_fields(tmp_path: Path) -> None:
    found = kept(tmp_path / "a.json", WHOLE)
    layers = (Layer("fc1", (3, 4)), Layer("fc2", ()))
    assert found == Kept("pass", 1.0, 2, layers, {"keras": "3.15"}, WHOLE["settings"])
    assert type(found.loss) is float


def test_what_a_record_has_no_field_for_is_left_out(tmp_path: Path) -> None:
    assert kept(tmp_path / "a.json", WHOLE | {"more": 1}) == kept(tmp_path / "b.json", WHOLE)


def test_a_figure_that_is_null_is_none_that_is_finite(tmp_path: Path) -> None:
    assert math.isnan(kept(tmp_path / "a.json", WHOLE | {"loss": None}).loss)


@pytest.mark.parametrize(
    ("foreign", "said"),
    [
        ({"verdict": "perhaps"}, "verdict: perhaps not in literal"),
        ({"loss": "0.5"}, 'loss: "0.5" is not a number'),
        ({"loss": True}, "loss: true is not a number"),
        ({"epochs": 2.5}, "epochs: 2.5 is not an integer"),
        ({"epochs": None}, "epochs: null is not an integer"),
        ({"layers": [WHOLE["layers"][0], {"name": 7, "shape": []}]}, "layers[1].name: 7 is not a"),
        ({"layers": [{"name": "fc1"}]}, "layers[0].shape: it is missing"),
        ({"layers": [{"name": "fc1", "shape": [3, "4"]}]}, 'layers[0].shape[1]: "4" is not an'),
        ({"layers": "fc1"}, 'layers: "fc1" is not a list'),
        ({"layers": ["fc1"]}, 'layers[0]: "fc1" is not an object'),
        ({"versions": ["3.15"]}, 'versions: ["3.15"] is not an object'),
        ({"versions": {"keras": 3}}, "versions['keras']: 3 is not a text"),
    ],
)
def test_a_foreign_value_is_named_with_its_file_and_field(
    foreign: dict[str, Any], said: str, tmp_path: Path
) -> None:
    path = tmp_path / "foreign.json"
    with pytest.raises(ResultsError, match=re.escape(f"{path} is not of this version ({said}")):
        kept(path, WHOLE | foreign)


def test_a_long_value_is_cut_in_the_error(tmp_path: Path) -> None:
    with pytest.raises(ResultsError) as refused:
        kept(tmp_path / "a.json", WHOLE | {"loss": list(range(1000))})
    assert len(str(refused.value)) < len(str(tmp_path)) + 200


@pytest.mark.parametrize("data", [[], "text", None, 3])
def test_a_file_of_another_kind_is_one_error(data: object, tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=r"the whole: .* is not an object"):
        kept(tmp_path / "a.json", data)


@pytest.mark.parametrize("length", [0, 1, 50])
def test_a_truncated_file_is_one_error_with_the_remedy(length: int, tmp_path: Path) -> None:
    path = tmp_path / "cut.json"
    path.write_text(json.dumps(WHOLE)[:length], encoding="utf-8")
    with pytest.raises(ResultsError, match=r"cut.json cannot be read \(.*\); make it anew"):
        reading.read(Kept, path, "make it anew")


def test_arrays_that_are_cut_short_are_one_error(tmp_path: Path) -> None:
    path = tmp_path / "cut.safetensors"
    path.write_bytes(b"half")
    with pytest.raises(ResultsError, match=r"cut.safetensors cannot be read \(.*\); delete it"):
        reading.read_arrays(path)


def on_disk(folder: str) -> list[tuple[Path, dict[str, Any]]]:
    found = sorted((RESULTS / folder).glob("*.json"))
    assert found
    return [(path, json.loads(path.read_text(encoding="utf-8"))) for path in found]


def test_committed_lock_step_records_come_back_as_they_are_on_disk() -> None:
    for path, data in on_disk("lockstep/records"):
        found = reading.read(LockstepRecord, path)
        assert files.plain(lockstep.as_json(found)) == data, path


def test_committed_records_of_the_reports_ports_come_back_as_they_are_on_disk(
    tmp_path: Path,
) -> None:
    for path, data in on_disk("as_reported/records"):
        found = records.read(RESULTS / "as_reported", path.stem)
        assert found is not None
        records.write(tmp_path, found)
        assert json.loads((tmp_path / "records" / path.name).read_text(encoding="utf-8")) == data, (
            path
        )


def test_committed_runs_come_back_as_they_are_on_disk() -> None:
    for path, data in on_disk("runs"):
        found = files.plain(as_record(reading.read(Run, path)))
        assert found == {name: data[name] for name in found}, path


def is_within(older: Any, newer: Any) -> bool:
    """Does the newer have all that the older has? What was added since has its default."""
    if isinstance(older, dict) and isinstance(newer, dict):
        return all(name in newer and is_within(x, newer[name]) for name, x in older.items())
    if isinstance(older, list) and isinstance(newer, list):
        alike = (is_within(one, other) for one, other in zip(older, newer, strict=False))
        return len(older) == len(newer) and all(alike)
    return bool(older == newer)


def test_committed_pairs_come_back_as_they_are_on_disk() -> None:
    for path, data in on_disk("records"):
        found = reading.read(PairRecord, path)
        assert is_within(data["check"], files.plain(as_json(found.check))), path
        assert files.plain([asdict(timing) for timing in found.timings]) == data["timings"], path
        assert plain(found.provenance) == data["provenance"], path
        assert known(found.data) == data["data"], path


def test_a_lock_step_record_of_another_version_is_told_how_to_make_it_anew(tmp_path: Path) -> None:
    path = tmp_path / "lockstep" / "records" / "old.json"
    ((_, data), *_) = on_disk("lockstep/records")
    del data["seconds"]
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(data), encoding="utf-8")
    said = f"{path} is not of this version (seconds: it is missing); delete it and run `parity"
    with pytest.raises(ResultsError, match=re.escape(said)):
        drift_read.read(tmp_path, tmp_path)
