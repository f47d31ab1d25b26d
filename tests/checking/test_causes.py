"""Causes that a whole model shows: they are named at their layer, and mend what is returned."""

import ast
from collections.abc import Callable

import pytest

from parity.checking import run
from parity.pairs import own
from parity.records.comparison import Report
from parity.sides.process import Sides


def check(sides: Sides, keras: str, torch: str) -> Report:
    pair = own(f"tests.own.keras_causes:{keras}", f"tests.own.torch_causes:{torch}")
    return run.check(pair, sides)


@pytest.mark.parametrize(
    ("keras", "torch", "layer", "cause"),
    [
        ("gated", "Gated", "gru", "mask-zero"),
        ("both_ways", "BothWays", "both", "mask-zero"),
        ("attending", "Attending", "attention", "mask-zero"),
        ("wide", "Wide", "attention", "mha-key-dim"),
        ("resized_ahead", "ResizedAhead", "conv", "align-corners"),
        ("resized_behind", "ResizedBehind", "resize", "align-corners"),
        ("bounded", "Bounded", "gate", "hard-sigmoid"),
        ("rooted", "less_its_mean", "norm", "norm-kind"),
        ("centred", "with_its_mean", "norm", "norm-kind"),
        ("centred", "unlearned", "norm", "norm-affine"),
        ("grouped", "by_instances", "norm", "norm-affine"),
        ("moving", "of_the_moment", "norm", "bn-training"),
        ("dotted", "OfAnyLength", "dot", "unit-vectors"),
        ("dotted", "OneOfLengthOne", "dot", "unit-vectors"),
        ("both_read", "StatesAsSamples", "both", "rnn-state"),
        ("both_read", "BackwardsFirst", "both", "merge-order"),
    ],
)
def test_a_cause_is_named_and_mends(
    sides: Sides, keras: str, torch: str, layer: str, cause: str
) -> None:
    report = check(sides, keras, torch)
    found = [(x.keras, [each.cause for each in x.causes]) for x in report.diagnosis]
    assert found == [(layer, [cause])]
    assert report.verdict == "differ"
    assert report.mended
    assert all(ast.parse(each.fix) for finding in report.diagnosis for each in finding.causes)


def test_a_normalisation_that_learns_is_written_with_all_that_it_takes(sides: Sides) -> None:
    (finding,) = check(sides, "grouped", "by_instances").diagnosis
    assert finding.causes[0].fix == "nn.InstanceNorm2d(3, eps=0.001, affine=True)"


@pytest.mark.parametrize("torch", ["WideByHand", "WidePacked"])
def test_projections_of_another_width_are_told_where_their_weights_do_not_fit(
    sides: Sides, torch: str
) -> None:
    report = check(sides, "wide", torch)
    (finding,) = report.diagnosis
    assert [cause.cause for cause in finding.causes] == ["mha-key-dim"]
    assert "key_dim is the width of one head" in finding.causes[0].says


def test_a_sigmoid_that_is_missing_at_the_end_names_the_loss_that_takes_logits(
    sides: Sides,
) -> None:
    (finding,) = check(sides, "classified", "Logits").diagnosis
    assert "BCEWithLogitsLoss" in finding.causes[0].fix


def test_a_layer_of_another_width_is_named_where_its_weights_do_not_fit(sides: Sides) -> None:
    report = check(sides, "pooled", "Half")
    (finding,) = report.diagnosis
    assert report.verdict != "pass"
    assert (finding.keras, [cause.cause for cause in finding.causes]) == ("conv", ["layer-width"])
    assert finding.causes[0].fix == "nn.Conv2d(2, 8, (3, 3))"


def test_a_kernel_of_another_size_is_named_where_its_weights_do_not_fit(sides: Sides) -> None:
    report = check(sides, "pooled", "Wider")
    (finding,) = report.diagnosis
    assert report.verdict != "pass"
    assert (finding.keras, [cause.cause for cause in finding.causes]) == ("conv", ["kernel-size"])
    assert finding.causes[0].fix == "nn.Conv2d(2, 8, (3, 3))"


def test_another_number_of_layers_is_no_other_width(sides: Sides) -> None:
    report = check(sides, "pooled", "Deeper")
    assert report.verdict != "pass"
    assert "layer-width" not in [y.cause for x in report.diagnosis for y in x.causes]


def test_a_layer_that_keras_computes_in_float32_is_mended_to_its_rounding(
    sides_on: Callable[[str], Sides],
) -> None:
    """As an LSTM is on the torch backend."""
    report = check(sides_on("torch"), "both_ways", "BothWays")
    assert [x.cause for finding in report.diagnosis for x in finding.causes] == ["mask-zero"]
    assert report.mended, report
