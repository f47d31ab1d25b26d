"""Results folders that were damaged, or made to do harm: generated, each refused by its name."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from parity.cli import main
from parity.errors import ResultsError
from parity.results.show import folder
from parity.train.run_store import Folder
from tests.cli.refusing import Refusal, contents, refusal
from tests.results.made_up_results import trained, write

__all__ = ["refusal"]

COMMITTED = Path(__file__).parents[2] / "results"
RECORD, RUN = "records/mlp.json", "runs/mlp-torch-tensorflow-matched-course-paired-0.json"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = [trained("keras"), trained("torch")]
    return write(tmp_path_factory.mktemp("whole") / "results", runs)


@pytest.fixture
def results(whole: Path, tmp_path: Path) -> Path:
    """A results folder, beside what is not to be touched."""
    victim = tmp_path / "victim"
    victim.mkdir()
    for name in ("holiday-paired.png", "holiday.json", "holiday-1.png"):
        (victim / name).write_text("years of work", encoding="utf-8")
    return Path(shutil.copytree(whole, tmp_path / "results"))


DEEP = 100_000
DAMAGE: dict[str, bytes] = {
    "empty": b"",
    "cut": b'{"pair": "mlp", "task": ',
    "a list": b"[]",
    "a number": b"3",
    "a text": b'"mlp"',
    "null": b"null",
    "an empty object": b"{}",
    "no UTF-8": b'{"pair": "\xff"}',
    "UTF-16": '{"pair": "mlp"}'.encode("utf-16"),
    "a zero byte": b'{"pair": "mlp\x00"}',
    "a number too long": b'{"pair": ' + b"9" * 5000 + b"}",
    "lists without end": b"[" * DEEP + b"]" * DEEP,
    "objects without end": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "lists nearly without end": b"[" * 900 + b"]" * 900,
    "objects nearly without end": b'{"a":' * 900 + b"1" + b"}" * 900,
}


@pytest.mark.parametrize("place", [RECORD, RUN])
@pytest.mark.parametrize("data", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file(data: bytes, place: str, refusal: Refusal, results: Path) -> None:
    (results / place).write_bytes(data)
    assert str(results / place) in refusal("results", "show", results)


@pytest.mark.parametrize("place", [RECORD, RUN])
def test_a_folder_in_the_place_of_a_file(place: str, refusal: Refusal, results: Path) -> None:
    (results / place).unlink()
    (results / place).mkdir()
    assert str(results / place) in refusal("results", "show", results)


@pytest.mark.parametrize("place", [RECORD, RUN])
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no pipes with names")
def test_a_pipe_in_the_place_of_a_file(place: str, refusal: Refusal, results: Path) -> None:
    (results / place).unlink()
    os.mkfifo(results / place)
    assert str(results / place) in refusal("results", "show", results)


def changed(path: Path, change: Callable[[Any], None]) -> None:
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(json.dumps(data), encoding="utf-8")


FOREIGN: dict[str, object] = {
    "null": None,
    "true": True,
    "a number": 1,
    "a fraction": 0.5,
    "a text": "x",
    "a list": [0],
    "an object": {"a": 0},
}
FIELDS = {  # of a record, with the values that fit each
    "pair": (),
    "task": ("null",),
    "about": ("a text",),
    "margins": ("an object",),
    "check": (),
    "recipe": (),
    "data": (),
    "timings": (),
    "runs": (),
    "provenance": (),
}


def foreign() -> Iterator[tuple[str, str]]:
    for field, fitting in FIELDS.items():
        yield from ((field, kind) for kind in FOREIGN if kind not in fitting)


@pytest.mark.parametrize(("field", "kind"), list(foreign()))
def test_a_foreign_value(field: str, kind: str, refusal: Refusal, results: Path) -> None:
    changed(results / RECORD, lambda data: data.update({field: FOREIGN[kind]}))
    said = refusal("results", "show", results)
    assert str(results / "records") in said or str(results / "runs") in said


NAMES = (
    "../../victim/holiday",
    "../victim/holiday",
    "/tmp/holiday",
    "..",
    ".",
    "",
    "/",
    "a/b",
    "a\\b",
    "..\\..\\victim",
    "C:holiday",
    "*",
    "?lp",
    "[a-z]*",
    "mlp\x00",
    "mlp\n",
    "\x1b[2Jmlp",
    "\ud800",
    " mlp",
    "a" * 5000,
)


@pytest.mark.parametrize("name", NAMES, ids=ascii)
@pytest.mark.parametrize(
    "command", ["results show", "lesson --results", "reported --results", "check --results"]
)
def test_a_pair_s_name_makes_no_path(
    name: str, command: str, refusal: Refusal, results: Path
) -> None:
    """It deleted and wrote pictures outside of the folder."""
    changed(results / RECORD, lambda data: data.update(pair=name))
    port = ("--port", "as_reported") if command.startswith("check") else ()
    refusal(*command.split(), results, *port)


def test_no_picture_outside_of_the_folder_is_deleted(results: Path, tmp_path: Path) -> None:
    changed(results / RECORD, lambda data: data.update(pair="../../victim/holiday"))
    before = contents(tmp_path)
    with pytest.raises(ResultsError, match="is not a name that a file can have here"):
        folder.make(results)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_run_s_name_makes_no_path(name: str, refusal: Refusal, results: Path) -> None:
    changed(results / RECORD, lambda data: data["runs"].append(name))
    refusal("results", "diff", results, results)


def test_a_record_has_the_name_of_its_pair(refusal: Refusal, results: Path) -> None:
    (results / RECORD).rename(results / "records" / "cnn.json")
    assert "cnn.json is the record of 'mlp'" in refusal("results", "show", results)


@pytest.mark.parametrize("place", [RECORD, RUN])
@pytest.mark.parametrize(
    "data", [b"", b"half", bytes(8), b"\xff" * 16, (10**9).to_bytes(8, "little") + b"{}"]
)
def test_damaged_arrays(data: bytes, place: str, refusal: Refusal, results: Path) -> None:
    path = (results / place).with_suffix(".safetensors")
    path.write_bytes(data)
    assert str(path) in refusal("results", "show", results)


def test_arrays_of_a_type_that_numpy_lacks(refusal: Refusal, results: Path) -> None:
    path = (results / RECORD).with_suffix(".safetensors")
    told = b'{"labels": {"dtype": "F8_E4M3", "shape": [4], "data_offsets": [0, 4]}}'
    path.write_bytes(len(told).to_bytes(8, "little") + told + bytes(4))
    assert str(path) in refusal("results", "show", results)


BEGUN = ("unfinished/mlp.json", "unfinished/mlp-torch/job.json")


@pytest.mark.parametrize("place", BEGUN)
@pytest.mark.parametrize("data", DAMAGE.values(), ids=DAMAGE)
def test_damaged_unfinished_work(data: bytes, place: str, refusal: Refusal, results: Path) -> None:
    (results / place).parent.mkdir(parents=True)
    (results / place).write_bytes(data)
    assert str(results / place) in refusal("results", "show", results)


@pytest.mark.parametrize("kind", sorted(DAMAGE.keys() - {"an empty object"}))
def test_damaged_unfinished_work_that_is_taken_up(kind: str, results: Path) -> None:
    """As `parity compare --resume` does; what is read of a run is its job, in three places."""
    job = trained("torch").job
    waiting = results / "unfinished" / job.id
    waiting.mkdir(parents=True)
    for place in (waiting / "run.json", waiting / "job.json", results / "unfinished/mlp.json"):
        place.write_bytes(DAMAGE[kind])
    with Folder(results, {}, {}, resume=True) as kept:
        for take_up in (
            lambda: kept.finished(job),
            lambda: kept.checkpoints(job),
            lambda: kept.pair("mlp", {}),
        ):
            with pytest.raises(ResultsError, match="unfinished"):
                take_up()


@pytest.mark.parametrize("data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(40)])
def test_a_damaged_picture(data: bytes, refusal: Refusal, results: Path) -> None:
    path = results / "pictures" / "mlp-paired.png"
    path.parent.mkdir()
    path.write_bytes(data)
    said = refusal("lesson", "--results", results)
    assert said.startswith(f"parity: error: {path} is no picture")


@pytest.mark.parametrize("data", [*DAMAGE.values(), b'{"versions": {}, "differences": [0]}'])
def test_a_damaged_catalogue(data: bytes, refusal: Refusal, results: Path) -> None:
    (results / "differences.json").write_bytes(data)
    assert str(results / "differences.json") in refusal("lesson", "--results", results)


def test_a_lock_step_run_without_a_step(refusal: Refusal, results: Path) -> None:
    path = results / "lockstep" / "records" / "mlp-tensorflow-float64.json"
    path.parent.mkdir(parents=True)
    shutil.copy(COMMITTED / "lockstep" / "records" / path.name, path)
    changed(path, lambda data: data.update(drift=[]))
    assert f"{path} does not fit together" in refusal("lesson", "--results", results)


def test_a_run_without_an_epoch(refusal: Refusal, results: Path) -> None:
    changed(results / RUN, lambda data: data.update(history=[]))
    assert f"{results / RECORD} does not fit together" in refusal("results", "show", results)


def test_control_characters_do_not_reach_the_terminal(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A terminal would obey them: clear the screen, set its title, write backwards."""
    bad = "\x1b[2J\x1b]0;title\x07\x9b31m\u202eabc[/b][red]:smile:"
    changed(results / RECORD, lambda data: data["provenance"]["settings"].update(mode=bad))
    changed(results / RECORD, lambda data: data["provenance"]["versions"].update(torch=bad))
    assert main.main(["results", "show", str(results)]) == 0
    printed = capsys.readouterr().out
    assert not set("\x1b\x07\x9b\u202e") & set(printed)
    assert "[2J]0;title31mabc[/b][red]:smile:" in "".join(printed.split())
