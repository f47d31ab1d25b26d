"""Ports written as other people write them: right ones pass, and of wrong ones the cause is named,
which makes them agree."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DIFFERING = {
    "frames_normalised_with_another_epsilon": ["bn-epsilon"],
    "frames_normalised_over_time": ["bn-axis"],
    "another_activation_exported": ["activation-replaced"],
    "cells_returned_beside_what_the_lstm_gives": ["rnn-state"],
    "later_steps_masked_one_too_late": ["mha-mask-replaced"],
    "mask_of_an_input_lost": ["mha-mask-missing"],
    "decoder_that_begins_with_zeros": ["rnn-initial-state"],
    "decoder_whose_states_change_places": ["rnn-initial-state"],
    "first_step_repeated": ["rnn-last-step"],
    "gate_by_another_hard_sigmoid": ["hard-sigmoid"],
    "channels_shuffled_in_three_groups": ["groups"],
}


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """What a script says that runs once, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.live_field"],
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


def test_wrong_ports_differ_and_agree_with_the_causes_mended(found: dict[str, Any]) -> None:
    assert {name: found[name] for name in DIFFERING} == {
        name: ["differ", causes, True if causes else None] for name, causes in DIFFERING.items()
    }
