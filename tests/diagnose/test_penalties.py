"""What Keras's layers add to the loss or hold their weights to, and where it goes in a port."""

import numpy as np
import torch

from parity.diagnose import penalties
from parity.mapping.layout_moves import COPY
from parity.records.comparison import Ledger, LedgerLine, Move, Step, Variable

TRANSPOSED = Move("(in, out) -> (out, in)", np.transpose, np.transpose)
KERNEL, WEIGHT = Variable("fc/kernel", "kernel", (3, 2)), Variable("fc.weight", "weight", (2, 3))
BIAS, OWN_BIAS = Variable("fc/bias", "bias", (2,)), Variable("fc.bias", "bias", (2,))
LEDGER = Ledger((LedgerLine(KERNEL, TRANSPOSED, WEIGHT), LedgerLine(BIAS, COPY, OWN_BIAS)))


def told(**settings: object) -> list[str]:
    layer = Step("fc", "Dense", (1, 2), variables=(KERNEL, BIAS), settings=settings)
    found = penalties.lines([layer], LEDGER)
    assert all(line.verdict == "pass" for line in found), "no pass shows it"
    assert all(penalties.is_told(line.note) for line in found)
    return [line.note for line in found]


def named(kind: str, **config: object) -> dict[str, object]:
    return {"class_name": kind, "config": config}


def test_a_layer_without_them_says_nothing() -> None:
    assert told(kernel_regularizer=None, units=2) == []


def test_l2_is_a_weight_decay_of_twice_its_factor() -> None:
    (note,) = told(kernel_regularizer=named("L2", l2=1e-4))
    assert "0.0001 * (fc.weight ** 2).sum()" in note
    assert "weight_decay=0.0002" in note


def test_l1_of_a_bias_and_activity_are_named() -> None:
    notes = told(bias_regularizer=named("L1", l1=0.01), activity_regularizer=named("L1", l1=0.1))
    assert any("0.01 * fc.bias.abs().sum()" in note for note in notes)
    assert any("0.1 * y.abs().sum() / len(y)" in note for note in notes)


def test_the_norm_of_a_constraint_runs_over_the_ports_own_axis() -> None:
    (note,) = told(kernel_constraint=named("MaxNorm", max_value=2, axis=0))
    code = note[note.index("n = ") : note.index(" under")].replace("fc.weight", "weight")
    weight = torch.full((2, 3), 4.0)
    exec(code, {"weight": weight})
    assert torch.allclose(weight.norm(dim=1), torch.tensor(2.0)), "each output's own"
