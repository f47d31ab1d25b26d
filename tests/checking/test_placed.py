"""Weights that a port holds otherwise than Keras find their place, and wrong ports do not pass."""

import pytest

from parity.checking import run
from parity.checking.options import Options
from parity.mapping import overrides
from parity.pairs import own
from parity.records.comparison import GateResult, Report
from parity.sides.process import Sides


def check(sides: Sides, keras: str, torch: str) -> Report:
    return run.check(
        own(f"tests.own.keras_placed:{keras}", f"tests.own.torch_placed:{torch}"), sides
    )


def weights(report: Report) -> GateResult:
    return next(gate for gate in report.gates if gate.name == "weights")


@pytest.mark.parametrize(
    ("keras", "torch"),
    [
        ("dense", "weight_norm"),
        ("spectral", "spectral"),
        ("spectral", "old_spectral"),
        ("attention", "Packed"),
        ("attention", "PackedOtherwise"),
        ("attention", "PackedByHead"),
        ("attention", "KeysAndValues"),
        ("attention", "InProjection"),
        ("multi_head", "PackedOtherwise"),
        ("normalised_attention", "normalised_attention"),
        ("gated", "gated"),
        ("fused", "Split"),
        ("unbiased", "bias_of_zeros"),
        ("dense", "Colons"),
        ("spare", "normalised"),
        ("rms", "rms"),
        ("rms", "WideRms"),
        ("patches", "Patches"),
        ("patches", "patches_as_keras"),
        ("whole_map", "whole_map"),
        ("table", "LongerTable"),
        ("words_with_attention", "words_with_attention"),
    ],
)
def test_the_same_weights_held_otherwise_pass(sides: Sides, keras: str, torch: str) -> None:
    report = check(sides, keras, torch)
    assert report.verdict == "pass", report
    assert weights(report).verdict == "pass", report


def test_a_float32_normalisation_of_another_kind_does_not_pass(sides: Sides) -> None:
    """As far as float32 tells: that is what the placements of its weight are judged by."""
    assert check(sides, "rms", "centred_rms").verdict != "pass"


def test_what_the_outputs_placed_is_marked(sides: Sides) -> None:
    placed = weights(check(sides, "attention", "PackedOtherwise"))
    assert "placed by the outputs" in placed.note
    assert sum("placed by the outputs" in line.note for line in placed.layers) >= 6


def test_an_activation_lost_behind_a_computed_weight_is_named(sides: Sides) -> None:
    report = check(sides, "dense", "weight_norm_without_relu")
    assert report.verdict == "differ"
    assert [cause.cause for x in report.diagnosis for cause in x.causes] == ["activation-missing"]


@pytest.mark.parametrize(("keras", "torch"), [("rms", "another_epsilon"), ("own_norm", "own_norm")])
def test_another_epsilon_is_named_of_a_normalisation_without_a_rule(
    sides: Sides, keras: str, torch: str
) -> None:
    """Its weights have no place by a rule, and none in which both models agree as they are."""
    report = check(sides, keras, torch)
    assert report.verdict == "differ", report
    assert [cause.cause for x in report.diagnosis for cause in x.causes] == ["layernorm-epsilon"]
    assert report.mended


def test_another_epsilon_is_named_beside_weights_that_are_packed_in_an_unusual_order(
    sides: Sides,
) -> None:
    """No placement makes both agree: the nearest is put on trial."""
    report = check(sides, "layer_normalised_attention", "by_head_with_another_epsilon")
    assert report.verdict == "differ", report
    assert [cause.cause for x in report.diagnosis for cause in x.causes] == ["layernorm-epsilon"]
    assert report.mended


def test_a_weight_that_the_port_can_never_hold_is_told(sides: Sides) -> None:
    report = check(sides, "dense", "orthogonal")
    assert report.verdict == "differ"
    assert "`0.weight` cannot be Keras's" in str(weights(report).layers)
    assert [x.cause for finding in report.diagnosis for x in finding.causes] == ["layer-extra"]
    assert report.mended


def test_where_no_placement_agrees_there_is_one_to_paste_and_no_cause(sides: Sides) -> None:
    report = check(sides, "attention", "PackedUnscaled")
    assert report.verdict == "incomplete"
    assert '{"torch": "qkv.weight", "axes": [1, 0], "rows": [0, 8]}' in str(weights(report).layers)
    assert not any(finding.causes for finding in report.diagnosis)


def test_what_keras_reads_and_the_port_has_no_place_for_is_missing(sides: Sides) -> None:
    report = check(sides, "spare_that_is_read", "normalised")
    assert report.verdict == "incomplete"
    assert "spare` (8, 3) has no counterpart" in str(weights(report).layers)


def test_a_bias_that_is_not_zero_is_none_to_be_set_aside(sides: Sides) -> None:
    assert check(sides, "unbiased", "bias_of_its_own").verdict == "differ"


@pytest.mark.parametrize(("first", "verdict"), [(2, "pass"), (1, "differ")])
def test_rows_of_a_longer_table_can_be_placed_by_hand(
    sides: Sides, first: int, verdict: str
) -> None:
    told = overrides.parse(
        {"weights": {"table/embeddings": {"torch": "table.weight", "rows": [first, first + 5]}}}
    )
    pair = own("tests.own.keras_placed:table", "tests.own.torch_placed:LongerTable")
    assert run.check(pair, sides, Options(overrides=told)).verdict == verdict


def test_a_longer_table_that_is_read_from_its_end_does_not_pass(sides: Sides) -> None:
    report = check(sides, "table", "ReversedTable")
    assert report.verdict != "pass", report
