"""Other people's kinds, trained: what is true of them, and what the gates of training say.

Every day a few cases; with PARITY_TRAINED=all every pair and every mistake.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAIRS = sorted(path.stem for path in (ROOT / "tests/trained/mistakes").glob("[a-z]*.py"))
DAILY = {
    "truth": ("two_inputs", "imbalanced:faithful", "gru_forecaster:both biases"),
    "gates": (
        *("two_inputs:faithful", "two_inputs:[N] against", "two_inputs:weights' sum"),
        *("imbalanced:classes change", "imbalanced:not smoothed", "two_outputs:change places"),
    ),
}
EXACT = (
    1e-12  # the most that ten float64 steps drift: a gradient that is 0 but for rounding, by Adam
)
MISTAKEN = 1e-8  # the least that a mistake moves them: a constraint's epsilon

Line = dict[str, Any]


def lines(what: str) -> list[Line]:
    asked = PAIRS if os.environ.get("PARITY_TRAINED") == "all" else DAILY[what]
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
    wrong = [line for line in of(checked, False) if line["rung"][:1] != line["expected"][:1]]
    assert len(wrong) <= 0.05 * len(of(checked, False)), wrong


def test_a_mistake_is_named_first(checked: list[Line]) -> None:
    """Those that have a name: of a loss of somebody's own no hypothesis is known."""
    nameable = [line for line in of(checked, False) if line["expected"][1]]
    wrong = [line for line in nameable if line["named"][:1] != line["expected"][1:]]
    assert len(wrong) <= 0.05 * len(nameable), wrong
