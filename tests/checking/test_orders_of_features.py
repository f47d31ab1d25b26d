"""Features in an order of the port's own, in front of layers whose weights can be put into it.

A right port passes, with its weights moved in that order; a fault beside it is blamed alone.
"""

import pytest

from parity.checking import run
from parity.pairs import own
from parity.records.comparison import Report
from parity.sides.process import Sides


def check(sides: Sides, keras: str, torch: str) -> Report:
    pair = own(f"tests.own.keras_orders:{keras}", f"tests.own.torch_orders:{torch}")
    return run.check(pair, sides)


@pytest.mark.parametrize(
    ("keras", "torch"),
    [
        ("recurrent", "Recurrent"),
        ("normalised", "Normalised"),
        ("separable", "Separable"),
        ("attending", "Attending"),
        ("by_rows", "ByRows"),
    ],
)
def test_right_ports_pass(sides: Sides, keras: str, torch: str) -> None:
    report = check(sides, keras, torch)
    assert report.verdict == "pass", report


@pytest.mark.parametrize(
    ("keras", "torch"), [("recurrent", "Viewed"), ("added", "Added"), ("by_rows", "ByColumns")]
)
def test_what_no_order_of_weights_undoes_differs(sides: Sides, keras: str, torch: str) -> None:
    assert check(sides, keras, torch).verdict == "differ"


def test_a_fault_behind_another_order_is_blamed_alone(sides: Sides) -> None:
    report = check(sides, "normalised", "other_epsilon")
    assert [(x.keras, [y.cause for y in x.causes]) for x in report.diagnosis] == [
        ("norm", ["layernorm-epsilon"])
    ]
    assert report.mended


def test_an_order_of_features_that_a_port_never_reached_is_not_blamed(sides: Sides) -> None:
    report = check(sides, "flattened", "padded")
    assert [(x.keras, [y.cause for y in x.causes]) for x in report.diagnosis] == [
        ("conv", ["padding-amount"])
    ]
    assert report.mended
