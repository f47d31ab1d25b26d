"""`parity.check_pair`: all gates on a registered pair, or on another port that is a file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import parity
from parity.course.exercises import find
from parity.course.exercises.exercise import faulty, solution
from parity.errors import ParityError
from parity.sides.process import Sides
from parity.sides.sharing import lending


@pytest.fixture(autouse=True)
def shared(sides: Sides) -> Iterator[None]:
    with lending(lambda: sides):
        yield


@pytest.fixture
def port(tmp_path: Path) -> Path:
    return tmp_path / "port.py"


def test_the_pair_s_own_port_passes() -> None:
    report = parity.check_pair("simple_ae", dtype="float64")
    assert report, report
    assert report.gates[-1].name == "lockstep"


def test_a_file_is_read_anew_each_time(port: Path) -> None:
    for text, verdict in ((faulty, "differ"), (solution, "pass")):
        port.write_text(text(find("simple_ae", 1)), encoding="utf-8")
        report = parity.check_pair("simple_ae", port, dtype="float64")
        assert report.verdict == verdict


def test_the_causes_are_told_unless_nobody_wants_them(port: Path) -> None:
    port.write_text(faulty(find("simple_ae", 1)), encoding="utf-8")
    for explain in (True, False):
        report = parity.check_pair("simple_ae", port, dtype="float64", explain=explain)
        assert ("activation-missing" in str(report)) == explain


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "no file .*port.py"),
        ("def build(:", "port.py cannot be run: SyntaxError"),
        ("import nothing_of_that_name", "port.py cannot be run: ModuleNotFoundError"),
        ("def build(): ...", "port.py has no prepare, target, prediction, loss, optimizer"),
    ],
)
def test_a_port_that_is_none_is_one_clear_error(text: str | None, said: str, port: Path) -> None:
    if text is not None:
        port.write_text(text, encoding="utf-8")
    with pytest.raises(ParityError, match=said):
        parity.check_pair("mlp", port)


def test_no_pair_and_no_float_type_of_that_name_are_errors() -> None:
    with pytest.raises(ParityError, match="no pair is called 'mlpp'"):
        parity.check_pair("mlpp")
    with pytest.raises(ParityError, match="choose float32, float64, bfloat16 or float16"):
        parity.check_pair("mlp", dtype="float8")  # type: ignore[arg-type]
