"""One fault is one cause: what stands beside it, written in the port's own way, is none."""

import pytest

from parity.checking import run
from parity.checking.options import DEFAULT, Options
from parity.pairs import own
from parity.records.comparison import Report
from parity.sides.process import Sides


def check(sides: Sides, keras: str, torch: str, options: Options = DEFAULT) -> Report:
    pair = own(f"tests.own.keras_functions:{keras}", f"tests.own.torch_functions:{torch}")
    return run.check(pair, sides, options)


@pytest.mark.parametrize(
    ("keras", "torch"),
    [
        ("dense_gelu", "gelu_of_tanh"),
        ("layer_written_gelu", "gelu_of_tanh"),
        ("layer_slope", "leaky_enough"),
        ("folded", "Folded"),
        ("attended", "Attended"),
        ("frames", "Frames"),
        ("recurrent", "scripted"),
        ("highway", "Highway"),
    ],
)
def test_right_ports_pass(sides: Sides, keras: str, torch: str) -> None:
    report = check(sides, keras, torch)
    assert report.verdict == "pass", report


@pytest.mark.parametrize(
    ("keras", "torch", "cause"),
    [
        ("dense_gelu", "gelu", "gelu-approximate"),
        ("layer_written_gelu", "gelu", "gelu-approximate"),
        ("layer_slope", "leaky", "leaky-relu-slope"),
        ("layer_alpha", "elu", "elu-alpha"),
        ("causal", "Chopped", "dilation"),
        ("folded", "folded_with_another_epsilon", "layernorm-epsilon"),
        ("tokens", "ColumnsFirst", "reshape-order"),
        ("attended", "HeadsLeft", "axis-order"),
        ("patches", "Patches", "layernorm-epsilon"),
        ("frames", "frames_of_another_epsilon", "bn-epsilon"),
        ("states", "StatesBehindAnother", "activation-replaced"),
        ("padded_maximum", "padded_maximum", "maxpool-zero-padding"),
        ("attending", "Attending", "mha-order"),
    ],
)
def test_one_cause_is_named(sides: Sides, keras: str, torch: str, cause: str) -> None:
    report = check(sides, keras, torch)
    assert {y.cause for x in report.diagnosis for y in x.causes} == {cause}
    assert report.verdict == "differ"
    assert report.mended


def test_states_that_are_exchanged_are_wired_otherwise(sides: Sides) -> None:
    report = check(sides, "states", "StatesExchanged")
    assert {y.cause for x in report.diagnosis for y in x.causes} == {"wiring"}


def test_a_state_that_is_not_handed_on_is_not_blamed_on_where_it_comes_from(sides: Sides) -> None:
    report = check(sides, "encoded", "EncodedInVain")
    assert report.verdict == "differ"
    assert {x.keras for x in report.diagnosis} == {"decoder"}


def test_a_layer_that_the_next_one_does_otherwise_is_not_missing(sides: Sides) -> None:
    report = check(sides, "gated", "GatedByTheOtherHalf")
    assert report.verdict == "differ"
    assert [y.cause for x in report.diagnosis for y in x.causes] == ["parts-exchanged"]
    assert report.mended


def test_clips_whose_frames_are_mixed_differ(sides: Sides) -> None:
    report = check(sides, "frames", "frames_of_mixed_clips")
    assert report.verdict == "differ", report


@pytest.mark.parametrize(
    ("keras", "torch", "verdict"),
    [("dropped_frames", "DroppedFrames", "pass"), ("frames", "Frames", "differ")],
)
def test_frames_train_by_themselves(sides: Sides, keras: str, torch: str, verdict: str) -> None:
    """Keras normalises the batch of each step by itself, the port that of all."""
    report = check(sides, keras, torch, Options().in_training())
    assert report.verdict == verdict, report
