"""Matrices that a port holds stacked, unturned, turned, or not yet, find their place."""

import pytest

from parity.checking import run
from parity.pairs import own
from parity.records.comparison import Report
from parity.sides.process import Sides


def check(sides: Sides, keras: str, torch: str) -> Report:
    return run.check(
        own(f"tests.own.keras_matrices:{keras}", f"tests.own.torch_matrices:{torch}"), sides
    )


@pytest.mark.parametrize(
    ("keras", "torch"),
    [
        ("crossed", "Crossed"),
        ("crossed", "CrossedInRows"),
        ("heads", "Heads"),
        ("bilinear", "bilinear"),
        ("windowed", "Windowed"),
        ("dense", "lazy"),
    ],
)
def test_right_ports_pass(sides: Sides, keras: str, torch: str) -> None:
    report = check(sides, keras, torch)
    assert report.verdict == "pass", report


@pytest.mark.parametrize(
    ("keras", "torch", "verdict"),
    [
        ("crossed", "CrossedFromTheFirst", "differ"),
        ("heads", "CausalHeads", "differ"),  # with its mask open it agrees
        ("windowed", "WindowedOtherwise", "differ"),
        ("windowed", "Trained", "incomplete"),
        ("dense", "lazy_without_relu", "differ"),
    ],
)
def test_wrong_ones_do_not(sides: Sides, keras: str, torch: str, verdict: str) -> None:
    assert check(sides, keras, torch).verdict == verdict
