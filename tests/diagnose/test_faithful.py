"""About a faithful port no hypothesis proposes what it does already."""

from dataclasses import replace

import pytest
import torch

from parity.diagnose.hypotheses import hypotheses
from tests.diagnose import (
    test_activation_hypotheses,
    test_hypotheses,
    test_order_hypotheses,
    test_sequence_hypotheses,
)
from tests.diagnose.cases import NOISE, Planted, Port, case_of, effect, record

# Faithful functions of other sequences make a module anew, and are no ports.
PORTS = test_sequence_hypotheses.FAITHFUL + test_sequence_hypotheses.ATTENTION
for module in (test_hypotheses, test_activation_hypotheses, test_order_hypotheses):
    PORTS += [one for found in vars(module).values() if isinstance(found, list) for one in found]


# What a person's own activation does is not known, and so relu is tried behind it.
PORTS = [one for one in PORTS if one.note != "a person's own"]
# A mask that is no tensor of the pass does not show in a case, and is tried once more; and of one
# sequence that is query, key and value, key and value may change places.
SAME = (
    *("mha-mask-missing a module", "mha-mask-missing written out", "mha-mask-replaced written out"),
    "mha-batch-first a module",
)
PORTS = [one for one in PORTS if str(one) not in SAME]


@pytest.mark.parametrize("one", PORTS, ids=str)
def test_nothing_is_proposed_that_changes_nothing(one: Planted) -> None:
    port = Port(one.faithful, **dict(one.port.named_children())).double().eval()
    faithful = replace(one, port=port)
    with torch.no_grad():
        wanted = one.faithful(port, *one.inputs)
    tape = record(port, one.inputs)
    for found in hypotheses(case_of(faithful, tape)):
        if any(change.what == "weight" for change in found.changes):
            continue  # a case knows no values: the bias that is zeroed may be zero
        assert effect(tape, faithful, found, wanted) > NOISE, found
