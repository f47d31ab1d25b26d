"""What a check finds in the ports of the report: the same function or not, and why not."""

from collections.abc import Callable
from dataclasses import replace
from math import inf
from pathlib import Path

import pytest

from parity.checking.options import Options
from parity.checking.probe import Probe
from parity.checking.run import check
from parity.course.reported.pages import Page, Told
from parity.course.reported.quirks import QUIRKS
from parity.course.reported.told import function, told
from parity.pairs import AS_REPORTED, PAIRS, select
from parity.records.comparison import GateResult, Report
from parity.records.pair import Pair
from parity.sides.process import Sides

Checked = Callable[[str], Report]
FAITHFUL = {pair.name: pair for pair in PAIRS}


@pytest.fixture(scope="module")
def checked(sides: Sides, shown: Probe) -> Checked:
    """The report's port of a pair, checked once, in float64."""
    known: dict[str, Report] = {}

    def of(name: str) -> Report:
        if name not in known:
            (pair,) = select([name], AS_REPORTED)
            known[name] = check(
                pair, sides, Options(dtypes=("float64",), steps=2, budget=inf), shown
            )
        return known[name]

    return of


def verdicts(report: Report) -> dict[str, str]:
    return {gate.name: gate.verdict for gate in report.gates}


def causes(report: Report) -> list[tuple[str, list[str]]]:
    return [(x.gate, list(dict.fromkeys(c.cause for c in x.causes))) for x in report.diagnosis]


def gate(report: Report, name: str) -> GateResult:
    return next(found for found in report.gates if found.name == name)


@pytest.mark.parametrize("name", ["mlp", "cnn", "simple_ae", "denoising_ae"])
def test_four_ports_are_keras_s_function(checked: Checked, name: str) -> None:
    report = checked(name)
    assert {verdicts(report)[g] for g in ("structure", "weights", "forward")} == {"pass"}
    assert "It is the same function" in function(report)


@pytest.mark.parametrize(
    ("name", "data", "loss"),
    [
        ("mlp", "differ", "pass"),
        ("cnn", "pass", "pass"),
        ("simple_ae", "differ", "pass"),
        ("denoising_ae", "differ", "differ"),
    ],
)
def test_data_loss_and_optimizer_of_the_same_functions(
    checked: Checked, name: str, data: str, loss: str
) -> None:
    report = checked(name)
    found = verdicts(report)
    gradients = "pass" if loss == "pass" else "not run"
    assert (found["data"], found["loss"], found["gradients"]) == (data, loss, gradients)
    assert (found["optimizer"], found["lockstep"]) == ("differ", "not run")
    expected = [("data", ["input-normalisation"])] if data == "differ" else []
    expected += [("loss", ["loss-clip"])] if loss == "differ" else []
    assert causes(report) == [*expected, ("optimizer", ["adam-epsilon"])]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("mlp", "the port's inputs are (x - 0.1307) / 0.3081, where"),
        ("simple_ae", "the port's inputs and target are (x - 0.1307) / 0.3081, where"),
        ("denoising_ae", "inputs and target are (x - 0.1307) / 0.3081, clamped to [0, 1], where"),
    ],
)
def test_how_the_data_were_prepared_is_told(checked: Checked, name: str, says: str) -> None:
    finding = checked(name).diagnosis[0]
    assert says in finding.causes[0].says
    assert finding.after < 1e-14 < finding.before


def test_conv_ae_is_another_network_and_is_told_where(checked: Checked) -> None:
    report = checked("conv_ae")
    assert verdicts(report)["data"] == "pass"
    assert {verdicts(report)[g] for g in ("structure", "weights", "forward")} == {"differ"}
    first = gate(report, "forward").first_divergence
    assert first is not None
    assert first.keras == "pool3"
    assert causes(report) == [("forward", ["maxpool-same-odd"])]
    assert function(report) == (
        "It is not the same function: the two part at pool3 (maxpool-same-odd)."
    )


def test_what_nothing_trains_in_conv_ae_is_named(checked: Checked) -> None:
    notes = [line.note for line in gate(checked("conv_ae"), "weights").layers]
    unused = [note for note in notes if "no step of the forward pass uses it" in note]
    assert len(unused) == 4
    assert all("`decoder.batch_norm." in note for note in unused)


def test_conv_ae_is_the_function_of_its_mirror(sides: Sides, shown: Probe) -> None:
    (reported,) = select(["conv_ae"], AS_REPORTED)
    mirror = replace(FAITHFUL["conv_transpose_ae"], torch=reported.torch)
    choice = Options(gates=("structure", "weights", "forward"), dtypes=("float64",))
    report = check(mirror, sides, choice, shown)
    assert gate(report, "forward").verdict == gate(report, "structure").verdict == "pass"
    assert gate(report, "weights").verdict == "incomplete", "its idle normalisation"


def test_the_loss_of_the_denoiser_parts_at_saturated_predictions_alone(checked: Checked) -> None:
    lines = gate(checked("denoising_ae"), "loss").layers
    assert [line.verdict for line in lines] == ["pass", "pass", "differ", "pass"]
    assert lines[2].keras == "BinaryCrossentropy, saturated predictions"


def test_the_paragraph_tells_the_function_every_quirk_and_what_would_measure_it(
    checked: Checked,
) -> None:
    quirks = tuple(Told(quirk, ()) for quirk in QUIRKS["cnn"])
    text = told(checked("cnn"), Page("cnn", "", "", "", quirks), Path("there"))
    assert text.startswith("cnn, as the report wrote it. It is the same function")
    assert all(quirk.wrote in text for quirk in QUIRKS["cnn"])
    assert "there does not say what it costs; `parity reported cnn --out there`" in text


def data_gate(pair: Pair, sides: Sides, shown: Probe) -> Report:
    return check(pair, sides, Options(gates=("data",)), shown)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_the_data_of_the_faithful_ports_are_keras_s(pair: Pair, sides: Sides, shown: Probe) -> None:
    assert data_gate(pair, sides, shown).verdict == "pass"


def test_noise_of_another_size_rings_at_the_noisy_inputs(sides: Sides, shown: Probe) -> None:
    port = replace(FAITHFUL["denoising_ae"], torch="tests.mistakes.ports.less_noise")
    found = gate(data_gate(port, sides, shown), "data")
    assert [line.verdict for line in found.layers] == ["pass", "pass", "differ"]
    assert found.layers[2].keras == "noisy inputs"
