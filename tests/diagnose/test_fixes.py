"""The line that mends a planted mistake is code: put into the port, it makes the port agree."""

from dataclasses import replace

import pytest
import torch

from parity.diagnose.hypotheses import hypotheses
from parity.diagnose.hypothesis import Hypothesis
from parity.sides.tape import Tape
from tests.diagnose import (
    test_activation_hypotheses,
    test_hypotheses,
    test_new_causes,
    test_order_hypotheses,
    test_sequence_hypotheses,
)
from tests.diagnose.cases import NOISE, Planted, case_of, difference, effect, record
from tests.diagnose.fixes import mended

MODULES = (
    test_activation_hypotheses,
    test_hypotheses,
    test_new_causes,
    test_order_hypotheses,
    test_sequence_hypotheses,
)
LISTS = [found for module in MODULES for found in vars(module).values() if isinstance(found, list)]
PORTS = [one for found in LISTS for one in found if isinstance(one, Planted) and one.cause]
# Their lines make several modules for one, whose weights have no place in the port's own.
ANEW = ("mha-key-dim", "mask-zero in both directions, with holes")


def left(one: Planted, tape: Tape, found: Hypothesis) -> float:
    """The difference under the line of a fix."""
    with torch.no_grad():
        wanted = one.faithful(one.port, *one.inputs)
    return difference(mended(tape, one.inputs, found, one.port, one.values), wanted)


def named(one: Planted) -> tuple[Tape, Hypothesis]:
    torch.manual_seed(0)
    tape = record(one.port, one.inputs)
    with torch.no_grad():
        wanted = one.faithful(one.port, *one.inputs)
    tried = hypotheses(case_of(one, tape))
    return tape, next(h for h in tried if effect(tape, one, h, wanted) < NOISE)


@pytest.mark.parametrize("one", [one for one in PORTS if str(one) not in ANEW], ids=str)
def test_a_fix_mends_the_port(one: Planted) -> None:
    tape, found = named(one)
    assert left(one, tape, found) < NOISE, found.fix


@pytest.mark.parametrize("one", [one for one in PORTS if str(one) in ANEW], ids=str)
def test_a_fix_of_new_modules_runs(one: Planted) -> None:
    tape, found = named(one)
    assert 0 < left(one, tape, found) < float("inf"), found.fix


def test_a_line_that_changes_nothing_mends_nothing() -> None:
    one = test_activation_hypotheses.ACTIVATIONS[0]
    tape, found = named(one)
    for idle in ("y = y", "x = x", "x  # without fc"):
        assert left(one, tape, replace(found, fix=idle)) > NOISE
