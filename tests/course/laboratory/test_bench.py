"""A false claim is seen to be one."""

from pathlib import Path

import pytest

from parity.course.laboratory import bench
from parity.course.laboratory.bench import Result
from parity.records import files
from tests.course.laboratory import made_up

CLAIMS = (
    made_up.Holds,
    made_up.NaiveIsRight,
    made_up.FaithfulIsWrong,
    made_up.FaithfulRaises,
    made_up.KerasRaises,
)


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    measured = bench.run(dict.fromkeys(CLAIMS, ("jax",)), lambda done: None)
    return {found.id: found for found in measured}


def broken(result: Result) -> set[str]:
    return {found.kind for found in result.measurements if not found.holds}


def test_a_true_claim_holds(results: dict[str, Result]) -> None:
    assert results["true"].holds
    assert [found.text for found in results["true"].measurements] == ["50.0 %", "0"]


def test_a_naive_translation_that_is_right_breaks_the_claim(results: dict[str, Result]) -> None:
    assert broken(results["naive-is-right"]) == {"naive"}


def test_a_faithful_translation_that_is_wrong_breaks_it(results: dict[str, Result]) -> None:
    assert broken(results["faithful-is-wrong"]) == {"faithful"}


def test_a_faithful_translation_that_raises_breaks_it(results: dict[str, Result]) -> None:
    result = results["faithful-raises"]
    assert broken(result) == {"faithful"}
    assert result.of("faithful")[0].text.startswith("raises RuntimeError")


def test_where_keras_raises_nothing_holds(results: dict[str, Result]) -> None:
    assert broken(results["keras-raises"]) == {"naive", "faithful"}


def test_an_entry_about_another_backend_is_left_out() -> None:
    assert bench.about([made_up.Holds], ("tensorflow",)) == {}


def test_a_result_without_measurements_does_not_hold() -> None:
    assert not Result("empty", ()).holds


def test_a_result_survives_its_record(results: dict[str, Result], tmp_path: Path) -> None:
    kept, path = [bench.as_record(result) for result in results.values()], tmp_path / "kept.json"
    files.write_json(path, {"versions": {}, "differences": kept})
    found = [bench.as_record(result) for result in bench.read(path, "run it again").differences]
    assert files.plain(found) == files.plain(kept)
