"""What is named while a weight has no place must stand by itself."""

import pytest

from parity.checking.collected import Collected
from parity.checking.options import Options
from parity.records.comparison import Cause, Finding, GateResult, LayerCheck


def finding(gate: str, *causes: str) -> Finding:
    told = tuple(Cause(cause, "", "", "", "", 1.0) for cause in causes)
    return Finding("ours", "theirs", gate, told, 1.0, 0.0)


def named(mended: bool | None, is_placeable: bool = False) -> list[tuple[str, ...]]:
    """Of a report with these causes that lacks a weight."""
    found = Collected(mended=mended, is_placeable=is_placeable)
    left = LayerCheck("", "left.weight", "differ")
    gates = [GateResult("weights", "differ", (left,)), GateResult("output", "differ")]
    causes = [("layernorm-epsilon",), ("wiring",), ("layernorm-epsilon", "layer-extra"), ()]
    found.add(gates, [finding("forward", *some) for some in causes])
    found.add([], [finding("output", "not-returned")])
    report = found.report("pair", Options(), {})
    assert report.verdict == ("differ" if mended else "incomplete")
    return [tuple(cause.cause for cause in finding.causes) for finding in report.diagnosis]


@pytest.mark.parametrize("mended", [None, False])
def test_how_steps_are_joined_is_not_told_before_the_outputs_prove_it(mended: bool | None) -> None:
    assert named(mended) == [("layernorm-epsilon",), ("not-returned",)]


def test_where_the_mended_port_agrees_all_is_told() -> None:
    assert len(named(mended=True)) == 5


def test_where_all_weights_may_have_a_place_nothing_of_layers_is_told() -> None:
    assert named(mended=None, is_placeable=True) == [("not-returned",)]


def test_what_trains_otherwise_is_not_followed() -> None:
    """Vectors that both sides guess apart leave another training, and nobody to blame."""
    found = Collected()
    found.add([GateResult("training", "incomplete"), GateResult("loss", "pass", dtype="float64")])
    assert found.fallen("lockstep", "float64") == ["training"]
    assert found.fallen("gradients", "float64") == []
