"""Other people's kinds, trained: what is true of them, and what the gates of training say.

Every day a few cases, and by turns the others; with PARITY_TRAINED=all every pair and mistake.
"""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.in_turn import in_turn
from tests.trained import page

ROOT = Path(__file__).parents[2]
PAIRS = sorted(path.stem for path in (ROOT / "tests/trained/mistakes").glob("[a-z]*.py"))
DAILY = {
    "truth": ("two_inputs", "imbalanced:faithful", "gru_forecaster:both biases"),
    "gates": ("two_inputs:faithful", "two_inputs:[N] against"),
}
MEASURED = [
    json.loads(line)
    for line in (ROOT / "results/trained.jsonl").read_text(encoding="utf-8").splitlines()
]
EXACT = (
    1e-12  # the most that ten float64 steps drift: a gradient that is 0 but for rounding, by Adam
)
MISTAKEN = 1e-8  # the least that a mistake moves them: a constraint's epsilon

DAYS = 32  # in which every case has its turn

Line = dict[str, Any]


def lines(what: str) -> list[Line]:
    by_turns = in_turn([f"{x['pair']}:{x['case']}" for x in MEASURED if "rung" in x], DAYS)
    daily = [*DAILY[what], *(by_turns if what == "gates" else ())]
    asked = PAIRS if os.environ.get("PARITY_TRAINED") == "all" else daily
    done = subprocess.run(
        [sys.executable, "-m", "tests.trained", what, *asked],
        cwd=ROOT,
        env=os.environ | {"KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"pair"')]


def of(found: list[Line], is_faithful: bool) -> list[Line]:
    chosen = [line for line in found if (line["expected"] is None) == is_faithful]
    assert chosen
    return chosen


@pytest.fixture(scope="module")
def by_hand() -> list[Line]:
    return lines("truth")


@pytest.fixture(scope="module")
def checked() -> list[Line]:
    return lines("gates")


def test_a_faithful_port_stays_with_keras(by_hand: list[Line]) -> None:
    assert not [line for line in of(by_hand, True) if not line["apart"] <= EXACT]


def test_a_mistake_is_one(by_hand: list[Line]) -> None:
    assert not [line for line in of(by_hand, False) if line["apart"] <= MISTAKEN]


def test_a_faithful_port_passes_all_gates(checked: list[Line]) -> None:
    assert not [line for line in of(checked, True) if line["verdict"] != "pass"]


def test_a_mistake_never_passes(checked: list[Line]) -> None:
    assert not [line for line in of(checked, False) if line["verdict"] == "pass"]


def test_a_mistake_rings_at_its_gate(checked: list[Line]) -> None:
    assert not [line for line in of(checked, False) if not page.is_rung(line)]


def test_a_mistake_is_named_first(checked: list[Line]) -> None:
    """Those that have a name: of a loss of somebody's own no hypothesis is known."""
    nameable = [line for line in of(checked, False) if line["expected"][1]]
    wrong = [line for line in nameable if not page.is_named(line)]
    assert len(wrong) <= 0.05 * len(nameable), wrong


def test_what_was_measured_is_on_the_page() -> None:
    assert page.of(MEASURED) == (ROOT / "results/trained.md").read_text(encoding="utf-8")


def test_all_that_is_planted_was_measured() -> None:
    planted = [
        (path.stem, says)
        for path in (ROOT / "tests/trained/mistakes").glob("[a-z]*.py")
        for says in mistakes_of(path.read_text(encoding="utf-8"))
    ]
    measured = {(x["pair"], x["case"]) for x in MEASURED if x["expected"]}
    assert planted
    assert measured == set(planted)


def mistakes_of(source: str) -> list[str]:
    """What is called so, of a file that is read and not run: it imports torch."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return [
        str(call.args[0].value)
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id == "Mistake"
        and isinstance(call.args[0], ast.Constant)
    ]
