"""Live ports that take their inputs in their own way, and hold equal layers in their own order."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WRONG = {
    "in_another_order_without_names",
    "large_table_cut_to_the_small_one_s_size",
    "statistics_of_an_axis_that_nobody_turned",
}


@pytest.fixture(scope="module")
def found() -> dict[str, str]:
    """The verdicts of a script that runs once, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.live_inputs"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    verdicts: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return verdicts


def test_right_ports_pass(found: dict[str, str]) -> None:
    assert {name for name, verdict in found.items() if verdict != "pass"} == WRONG


def test_wrong_ports_differ(found: dict[str, str]) -> None:
    assert {found[name] for name in WRONG} == {"differ"}
