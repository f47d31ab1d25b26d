"""The alarm: each mistake of the bank is caught, at its layer, and its cause is the first named.

Each has its turn every tenth day, and random models have theirs; `parity selftest` tries all.
"""

import pytest

from parity.selftest import session, trial
from parity.selftest.bank import BANK, Entry
from parity.sides.process import Sides
from tests.in_turn import in_turn

IN_A_PASS = [
    entry for entry in BANK if entry.gate != "training"
]  # see tests/checking/test_own_training.py
TWINS, PLANTED = in_turn(range(96), 24), in_turn(range(96), 48)  # random architectures


@pytest.mark.parametrize("entry", in_turn(IN_A_PASS, 10), ids=lambda entry: entry.id)
def test_a_mistake_is_caught_placed_and_named(entry: Entry, sides: Sides) -> None:
    found = trial.of_entry(entry, sides)
    (expected,) = found.expected
    assert found.is_caught
    assert found.is_placed(expected), found.named
    assert found.is_named(expected), found.named
    assert found.is_repaired, found.report and found.report.remains


def test_no_alarm_for_faithful_twins_of_random_architectures(sides: Sides) -> None:
    found = session.run(sides, (), TWINS, (), lambda name: None)
    assert [trial.name for trial in found.faithful if trial.is_caught] == []


def test_no_mistake_in_random_architectures_is_missed(sides: Sides) -> None:
    found = session.run(sides, (), (), PLANTED, lambda name: None)
    silent = [trial.name for trial in found.planted if not (trial.is_caught or trial.is_equivalent)]
    assert silent == []
