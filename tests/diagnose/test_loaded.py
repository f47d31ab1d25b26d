"""Weights that someone else has moved: each tensor against what it should hold."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from parity.diagnose.loaded import Compared
from parity.mapping import layout_moves
from parity.mapping.rules import moves
from parity.records.comparison import Array, Finding, Ledger, LedgerLine, Variable


def line(torch: str, array: Array, keras: str = "layer/kernel") -> LedgerLine:
    role = torch.rpartition(".")[2]
    return LedgerLine(
        Variable(keras, keras.rpartition("/")[2], array.shape),
        layout_moves.COPY,
        Variable(torch, role, array.shape),
    )


def found(wanted: dict[str, Array], held: dict[str, Array]) -> dict[str, Finding]:
    """The findings by the torch tensor they are about."""
    compared = Compared()
    lines = tuple(line(name, array) for name, array in wanted.items())
    compared.look(Ledger(lines), wanted, held)
    return {finding.torch: finding for finding in compared.findings()}


def test_units_that_stand_as_keras_reads_them_into_a_map() -> None:
    order = np.arange(24).reshape(6, 4).T.ravel()  # of 2 x 3 places, 4 channels
    layout = layout_moves.flat(order, (2, 3, 4))
    ours, name = drawn(5, 24), "d.weight"
    move = layout_moves.in_order(layout_moves.DENSE, layout, -1, layout_moves.GIVEN)
    one = replace(line(name, ours), move=move, torch=Variable(name, "weight", (24, 5)))
    compared = Compared()
    compared.look(Ledger((one,)), {name: move.to_torch(ours)}, {name: ours.T.copy()})
    (finding,) = compared.findings()
    assert [cause.cause for cause in finding.causes] == ["reshape-order"]
    assert np.array_equal(move.to_keras(move.to_torch(ours)), ours)
    fixed = {"d": SimpleNamespace(weight=nn.Parameter(torch.tensor(ours.T.copy())))}
    exec(finding.causes[0].fix, {"torch": torch, "self": SimpleNamespace(**fixed)})
    assert np.array_equal(fixed["d"].weight.detach().numpy(), move.to_torch(ours))


def cause(wanted: Array, held: Array, name: str = "layer.weight") -> str:
    finding = found({name: wanted}, {name: held})[name]
    return finding.causes[0].cause if finding.causes else ""


def drawn(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def swapped_gates(weight: Array) -> Array:
    return moves.gates((1, 0, 2), 1).to_torch(weight)


MISTAKES = [
    ("fc.weight", (5, 5), lambda w: w.T, "dense-kernel-transpose"),
    ("conv.weight", (4, 3, 5, 5), lambda w: w.swapaxes(2, 3), "conv-kernel-layout"),
    ("conv.weight", (4, 3, 5, 5), lambda w: w[:, :, ::-1, ::-1], "conv-kernel-flip"),
    ("gru.weight_ih_l0", (12, 3), swapped_gates, "gate-order"),
    ("gru.bias_ih_l0", (12,), swapped_gates, "gate-order"),
    ("lstm.bias_ih_l0", (8,), lambda w: 2 * w, "bias-doubled"),
    ("fc.weight", (5, 3), np.zeros_like, "weights-not-loaded"),
    ("fc.weight", (5, 3), lambda w: drawn(5, 3, seed=1), "weights-not-loaded"),
    ("embedding.weight", (9, 4), lambda w: np.roll(w, 1, axis=0), "rows-shifted"),
    ("fc.weight", (5, 3), lambda w: w.astype("float16").astype("float32"), "weights-rounded"),
    (
        "fc.weight",
        (2, 12),
        lambda w: w.reshape(2, 3, 4).swapaxes(1, 2).reshape(2, 12),
        "flatten-order",
    ),
    (
        "mha.in_proj_weight",
        (12, 4),
        lambda w: np.concatenate([w[8:], w[:4], w[4:8]]),
        "mha-order",
    ),
]


@pytest.mark.parametrize(
    ("name", "shape", "mistake", "expected"),
    MISTAKES,
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_was_done_to_a_tensor_is_named(
    name: str, shape: tuple[int, ...], mistake: Callable[[Array], Array], expected: str
) -> None:
    wanted = drawn(*shape)
    assert cause(wanted, np.ascontiguousarray(mistake(wanted)), name) == expected


@pytest.mark.parametrize(("name", "shape", "mistake", "expected"), MISTAKES)
def test_the_line_that_mends_it_runs(
    name: str, shape: tuple[int, ...], mistake: Callable[[Array], Array], expected: str
) -> None:
    wanted = drawn(*shape)
    held = np.ascontiguousarray(mistake(wanted))
    (named,) = found({name: wanted}, {name: held})[name].causes
    port = module(name, held)
    transfers: list[tuple[object, nn.Module]] = []
    stub = SimpleNamespace(transfer=lambda *models: transfers.append(models))
    exec(named.fix, {"self": port, "torch": torch, "parity": stub, "keras_model": "keras"})
    if expected in ("weights-not-loaded", "weights-rounded"):
        assert transfers == [("keras", port)]
    else:
        np.testing.assert_allclose(port.get_parameter(name).detach().numpy(), wanted, rtol=1e-6)


def module(name: str, held: Array) -> nn.Module:
    """A module that holds an array under a qualified name."""
    layer, _, role = name.partition(".")
    port, inner = nn.Module(), nn.Module()
    inner.register_parameter(role, nn.Parameter(torch.as_tensor(held)))
    port.add_module(layer, inner)
    return port


def test_a_cause_comes_with_the_line_that_mends_it() -> None:
    wanted = drawn(4, 3, 5, 5)
    held = np.ascontiguousarray(wanted.swapaxes(2, 3))
    (named,) = found({"conv.weight": wanted}, {"conv.weight": held})["conv.weight"].causes
    assert named.fix == "self.conv.weight.data = self.conv.weight.permute(0, 1, 3, 2)"
    assert named.removed == 1.0


def test_layers_that_hold_each_other_s_weights_are_told() -> None:
    first, second = drawn(5, 3), drawn(5, 3, seed=1)
    findings = found(
        {"a.weight": first, "b.weight": second}, {"a.weight": second, "b.weight": first}
    )
    assert [f.causes[0].cause for f in findings.values()] == ["layers-exchanged"] * 2
    assert findings["a.weight"].causes[0].says == "a.weight holds what belongs into b.weight"


def test_zeros_of_statistics_are_not_those_of_a_bias() -> None:
    new, moved = np.zeros(4, "float32"), drawn(4)
    findings = found(
        {"a.bias": new, "b.running_mean": moved}, {"a.bias": new, "b.running_mean": new}
    )
    (mean,) = findings.values()
    assert [cause.cause for cause in mean.causes] == ["weights-not-loaded"]


def test_equal_weights_are_no_finding_nor_is_the_rounding_of_a_narrower_float() -> None:
    wanted = drawn(5, 3)
    assert found({"fc.weight": wanted}, {"fc.weight": wanted}) == {}
    narrow = np.nextafter(wanted, np.float32(9))
    assert found({"fc.weight": wanted}, {"fc.weight": narrow}) == {}


def test_what_is_like_nothing_known_has_no_cause_but_tells_what_was_tried() -> None:
    wanted = drawn(5, 3)
    held = wanted.copy()
    held[0, 0] += 1
    finding = found({"fc.weight": wanted}, {"fc.weight": held})["fc.weight"]
    assert finding.causes == ()
    assert finding.before == pytest.approx(1)
    assert finding.tried


def test_a_second_bias_that_is_not_zero_is_doubled() -> None:
    bias = Variable("lstm.bias_hh_l0", "bias_hh_l0", (8,))
    compared = Compared()
    ledger = Ledger((), constant=((bias, 0.0),))
    compared.look(ledger, {bias.name: np.zeros(8)}, {bias.name: drawn(8)})
    (finding,) = compared.findings()
    assert finding.causes[0].cause == "bias-doubled"
    assert finding.torch == bias.name


def two_biases(wanted: Array, first: Array, second: Array) -> tuple[Finding, ...]:
    """What is found of a bias of Keras's in both of torch's."""
    own, other = "lstm.bias_ih_l0", Variable("lstm.bias_hh_l0", "bias_hh_l0", wanted.shape)
    compared = Compared()
    ledger = Ledger((line(own, wanted),), constant=((other, 0.0),))
    values = {own: wanted, other.name: np.zeros_like(wanted)}
    compared.look(ledger, values, {own: first, other.name: second})
    return compared.findings()


def test_a_bias_that_stands_in_both_of_torch_s_is_looked_at_as_their_sum() -> None:
    wanted, part = drawn(8), drawn(8, seed=1)
    assert two_biases(wanted, wanted - part, part) == ()
    moved = np.concatenate([wanted[2:4], wanted[:2], wanted[4:]])
    (finding,) = two_biases(wanted, moved - part, part)
    assert finding.causes[0].cause == "gate-order"
    assert "lstm.bias_ih_l0 + lstm.bias_hh_l0" in finding.causes[0].says
    (finding,) = two_biases(wanted, wanted, part)
    assert (finding.torch, finding.causes[0].cause) == ("lstm.bias_hh_l0", "bias-doubled")
