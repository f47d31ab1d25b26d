"""An exercise rings where it says, and the diagnosis names its cause: each every third day."""

import re
from dataclasses import replace
from math import inf
from pathlib import Path

import pytest

from parity.checking import run
from parity.checking.options import Options
from parity.checking.probe import Probe
from parity.course.exercises import EXERCISES, Exercise
from parity.course.exercises.exercise import faulty
from parity.course.twins import source
from parity.gates import GATES
from parity.pairs import select
from parity.records.comparison import GateResult, LayerCheck, Report
from parity.sides.process import Sides
from tests.in_turn import in_turn

WHOLE = ("loss", "optimizer")  # gates that judge a model's loss, or all of its weights alike


@pytest.fixture(scope="module")
def few(shown: Probe) -> Probe:
    """A quarter of the images, real and random ones: the mistakes are large, and it saves time."""
    return replace(shown, raw=shown.raw[::4], labels=shown.labels[::4])


@pytest.mark.parametrize("exercise", in_turn(EXERCISES, 3), ids=lambda exercise: exercise.name)
def test_the_alarm_rings_where_the_exercise_says(
    exercise: Exercise, sides: Sides, few: Probe, tmp_path: Path
) -> None:
    port = tmp_path / "port.py"
    port.write_text(faulty(exercise), encoding="utf-8")
    (pair,) = select([exercise.pair])
    # Causes are searched for in the forward gate, also of what structure has noticed.
    last = max(GATES.index(exercise.gate), GATES.index("forward"))
    choice = Options(GATES[: last + 1], ("float64",), budget=inf)
    report = run.check(replace(pair, torch=str(port)), sides, choice, few)

    gate = next(gate for gate in report.gates if gate.verdict != "pass")
    assert (gate.name, layer_of(gate, report.pair)) == (exercise.gate, exercise.layer)
    assert first_cause(report) == exercise.cause


def layer_of(gate: GateResult, pair: str) -> str:
    """The Keras layer that a gate's first alarm is about; "" where it is about no single one."""
    if gate.name in WHOLE:
        return ""
    first: LayerCheck = next(line for line in gate.layers if line.verdict != "pass")
    layers = set(re.findall(r'name="(\w+)"', source(f"keras_reference.{pair}")))
    named = [word for word in re.findall(r"\w+", first.keras) if word in layers - {pair}]
    return named[0] if named else ""


def first_cause(report: Report) -> str:
    causes = [cause.cause for finding in report.diagnosis for cause in finding.causes]
    return causes[0] if causes else ""
