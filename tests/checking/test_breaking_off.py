"""A port that raises: the report says where, and blames nothing for what was never reached."""

from pathlib import Path

import pytest

from parity.checking import run
from parity.checking.show import answer
from parity.pairs import own
from parity.records.comparison import Report
from parity.sides.process import Sides
from tests.own import torch_net


@pytest.fixture(scope="module")
def report(sides: Sides) -> Report:
    return run.check(own("tests.own.keras_net:build", "tests.own.torch_net:Broken"), sides)


def test_the_line_of_the_port_is_named(report: Report) -> None:
    path = Path(torch_net.__file__)
    lines = path.read_text(encoding="utf-8").splitlines()
    (number,) = [n for n, text in enumerate(lines, 1) if text.endswith("# breaks off")]
    (gate, *_) = [gate for gate in report.gates if gate.name == "output"]
    assert gate.note.startswith("the port raises RuntimeError: ")
    assert gate.note.endswith(f"({path.relative_to(Path.cwd())}:{number})")


def test_what_ran_is_compared_and_passes(report: Report) -> None:
    lines = {x.keras: x for gate in report.gates if gate.name == "forward" for x in gate.layers}
    assert {"positive", "hidden"} <= lines.keys()
    assert {line.verdict for line in lines.values()} == {"pass"}
    assert report.verdict != "pass"
    assert not report.diagnosis


def test_what_was_not_reached_has_no_place_to_be_asked_for(report: Report) -> None:
    told = [line.note for lines in answer.missing(report) for line in lines]
    assert any(note.startswith("2 weights of Keras's not placed") for note in told), told
    assert not [note for note in told if "counterpart" in note or "no rule" in note], told
