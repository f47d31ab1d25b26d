"""Layers in steps of a port's own: right ones pass, and of wrong ones the step is named, which
makes the port agree."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DIFFERING = {
    "gated_by_the_first_half": "parts-exchanged",
    "shift_and_scale": "parts-exchanged",
    "skip_spoilt_by_an_addition_in_place": "changed-in-place",
    "encoder_that_normalises_last": "wiring",
    "positions_joined_where_they_are_interleaved": "feature-order",
    "another_offset_in_a_logarithm": "number",
    "causal_on_a_square_padded_at_both_sides": "causal-padding",
}


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """What a script says that runs once, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.live_steps"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def test_right_ports_pass(found: dict[str, Any]) -> None:
    right = {name: told for name, told in found.items() if name not in DIFFERING}
    assert right == {name: ["pass", [], None] for name in right}
    assert right


def test_wrong_ports_differ_by_one_step_and_agree_with_it_mended(found: dict[str, Any]) -> None:
    assert {name: found[name] for name in DIFFERING} == {
        name: ["differ", [cause], True] for name, cause in DIFFERING.items()
    }
