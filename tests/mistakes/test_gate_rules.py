"""Alarms that no whole model needs to ring: the gates on records made by hand."""

import numpy as np

from parity.gates import structure, weights
from parity.mapping import layout_moves
from parity.records.comparison import Alignment, Ledger, LedgerLine, Match, Step, Trace, Variable

KERNEL = Variable("fc/kernel", "kernel", (2, 3))
WEIGHT = Variable("fc.weight", "weight", (3, 2))
LEDGER = Ledger((LedgerLine(KERNEL, layout_moves.DENSE, WEIGHT),))
VALUES = np.arange(6.0).reshape(2, 3)


def test_moved_weights_pass() -> None:
    keras, torch = {"fc/kernel": VALUES}, {"fc.weight": VALUES.T}
    assert weights.judge(LEDGER, keras, torch, keras).verdict == "pass"


def test_a_port_that_holds_one_other_bit() -> None:
    keras, torch = {"fc/kernel": VALUES}, {"fc.weight": np.nextafter(VALUES.T, 9)}
    found = weights.judge(LEDGER, keras, torch, keras)
    assert found.verdict == "differ"
    assert "does not hold the moved values" in found.layers[0].note


def test_one_tensor_for_two_that_keras_has() -> None:
    other = Variable("head/kernel", "kernel", (2, 3))
    ledger = Ledger((*LEDGER.lines, LedgerLine(other, layout_moves.DENSE, WEIGHT)))
    keras, torch = {"fc/kernel": VALUES, "head/kernel": -VALUES}, {"fc.weight": VALUES.T}
    found = weights.judge(ledger, keras, torch, keras)
    assert [line.verdict for line in found.layers] == ["pass", "differ"]
    assert "one tensor for this and `fc/kernel`" in found.layers[1].note


def test_a_way_back_that_is_not_the_inverse() -> None:
    keras, torch = {"fc/kernel": VALUES}, {"fc.weight": VALUES.T}
    found = weights.judge(LEDGER, keras, torch, {"fc/kernel": VALUES[::-1]})
    assert found.verdict == "differ"
    assert "the way back" in found.layers[0].note


def test_a_layer_with_fewer_parameters() -> None:
    ours = Step("fc", "Dense", (1, 3), variables=(KERNEL, Variable("fc/bias", "bias", (3,))))
    theirs = Step("fc", "Linear", (1, 3), "fc", variables=(WEIGHT,))
    keras = Trace((ours,), {}, {}, ours.variables)
    torch = Trace((theirs,), {}, {}, theirs.variables)
    alignment = Alignment((Match(ours, (theirs,)),))
    found = structure.judge(alignment, keras, torch, {"fc": layout_moves.AS_IT_IS}, LEDGER)
    assert found.verdict == "differ"
    assert found.layers[0].note == "9 parameters against 6"


def test_no_layer_at_all_is_no_pass() -> None:
    nothing = Trace((), {}, {}, ())
    found = structure.judge(Alignment(()), nothing, nothing, {}, Ledger(()))
    assert found.verdict == "incomplete"
