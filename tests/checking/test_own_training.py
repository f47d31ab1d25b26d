"""The gate `training` of a person's own pair: what a pass at inference does not show."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from parity.checking import models, run
from parity.checking.options import DEFAULT
from parity.gates import training
from parity.mapping.plan import key
from parity.records.comparison import GateResult, LayerCheck, Measured, Report
from parity.records.pair import Pair
from parity.selftest import trial
from parity.selftest.bank import BANK, Entry
from parity.selftest.bank.constants import DROPPED, DROPPED_MAPS, NOISY, NORMED
from parity.selftest.spec import Spec
from parity.sides.modules import Factory
from parity.sides.process import Sides
from parity.sides.torch_models import TorchModels
from parity.sides.verbs import InKeras, Models
from parity.sides.walking import in_training

MISTAKES = [entry for entry in BANK if entry.gate == "training"]
BIASED = NORMED.having(NORMED.node("bn").but(biased=True))  # parity.semantics.BatchNorm2d


def pair_of(spec: Spec, port: Spec) -> Pair:
    keras, torch = Factory(trial.KERAS, "build", (spec,)), Factory(trial.TORCH, "build", (port,))
    return Pair("trained", keras, torch)


TRAINED = DEFAULT.in_training()


def gate_of(report: Report) -> GateResult:
    return next(gate for gate in report.gates if gate.name == "training")


def line_of(report: Report) -> LayerCheck:
    (line,) = gate_of(report).layers
    return line


@pytest.mark.parametrize("entry", MISTAKES, ids=lambda entry: entry.id)
def test_a_planted_mistake_is_caught_placed_and_named(entry: Entry, sides: Sides) -> None:
    found = trial.of_entry(entry, sides)
    (expected,) = found.expected
    assert found.verdict == "differ"
    assert found.is_placed(expected)
    assert found.is_named(expected), found.named
    assert found.said.startswith("training"), "it shows in training alone"


@pytest.mark.parametrize(
    ("spec", "port", "layer"),
    [
        (NORMED, BIASED, "bn"),
        (DROPPED, replace(DROPPED, style=1), "drop"),
        (DROPPED_MAPS, replace(DROPPED_MAPS, style=1), "drop"),
        (NOISY, NOISY, "noise"),
    ],
)
def test_a_faithful_twin_passes(spec: Spec, port: Spec, layer: str, sides: Sides) -> None:
    report = run.check(pair_of(spec, port), sides, TRAINED)
    assert report.verdict == "pass"
    assert line_of(report).keras == layer
    assert report.diagnosis == ()


def test_it_is_run_where_it_is_asked_for(sides: Sides) -> None:
    pair = pair_of(NORMED, NORMED)
    assert run.check(pair, sides).verdict == "pass"
    assert run.check(pair, sides, TRAINED).verdict == "differ"


def test_figures_are_those_of_the_layer(sides: Sides) -> None:
    port = DROPPED.having(DROPPED.node("drop").but(rate=0.25))
    report = run.check(pair_of(DROPPED, port), sides, TRAINED)
    assert "values on ones: Keras 0, 1.25, torch 0, 1.333" in line_of(report).note


def test_a_standard_deviation_that_is_off_by_two_percent_is_seen(sides: Sides) -> None:
    off = NOISY.having(NOISY.node("noise").but(sd=0.51))
    report = run.check(pair_of(NOISY, off), sides, TRAINED)
    assert report.diagnosis[0].causes[0].cause == "noise-sd"


def test_a_pass_that_breaks_off_in_training_is_incomplete(sides: Sides) -> None:
    """torch refuses the variance of a single value."""
    one = np.ones((1, 3, 3, 3), "float32")
    report = run.check(pair_of(NORMED, NORMED), sides, replace(TRAINED, inputs={"x": one}))
    gate = gate_of(report)
    assert gate.verdict == report.verdict == "incomplete"
    assert "Expected more than 1 value per channel" in gate.layers[0].note


def test_nothing_of_the_keras_model_moves(sides: Sides) -> None:
    """Neither its statistics nor its generators."""
    for spec in (NORMED, DROPPED):
        pair = pair_of(spec, spec)
        plan = models.draw_up(pair, sides, TRAINED)
        run.gates(plan, sides, TRAINED)
        sides.keras.call(InKeras.open, "fresh", pair.keras)
        names = key(pair, "float32"), "fresh"
        after, fresh = (sides.keras.call(Models.weights, name) for name in names)
        assert after.keys() == fresh.keys()
        assert all(np.array_equal(after[name], fresh[name]) for name in fresh)


class Port(nn.Module):
    """Moves statistics in all ways, and draws."""

    statistic: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(3)
        self.frozen = nn.BatchNorm1d(3).eval()
        self.register_buffer("mean", torch.zeros(3))
        self.register_buffer("variance", torch.ones(3))
        self.register_buffer("statistic", torch.zeros(3))

    def forward(self, x: Tensor) -> Tensor:
        x = self.frozen(self.norm(x))
        x = F.batch_norm(x, self.mean, self.variance, training=self.training)  # type: ignore[arg-type]
        self.statistic = self.statistic + x.detach().mean(0)
        return F.dropout(x, 0.5, self.training)


@pytest.mark.parametrize("mode", [True, False])
def test_nothing_of_the_port_moves(mode: bool) -> None:
    port, side = Port(), TorchModels()
    if not mode:
        port.eval()
    modes = [module.training for module in port.modules()]
    kept = {name: value.clone() for name, value in port.state_dict().items()}
    generator = torch.get_rng_state()
    side.open("own", port)
    x = np.random.default_rng(0).standard_normal((4, 3)).astype("float32")
    side.present("own", {"0": x})
    trace = side.present("own", {"0": x}, (), True)
    names = [step.name for step in trace.steps]
    runs = [
        side.exercise(in_training("own"), names, {"": x}, names[-1], "float32", seed)
        for seed in (1, 1, 2)
    ]
    (first, moved), (again, _), (other, _) = runs
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    still = {"frozen.running_mean", "frozen.running_var"} if mode else set()
    wanted = {f"{n}.running_{s}" for n in ("norm", "frozen") for s in ("mean", "var")}
    assert set(moved) == (wanted | {"mean", "variance"}) - still
    assert [module.training for module in port.modules()] == modes
    assert all(torch.equal(value, kept[name]) for name, value in port.state_dict().items())
    assert torch.equal(torch.get_rng_state(), generator)


def figure(torch: float, what: str = "rate") -> Measured:
    return Measured("drop", "drop", np.array([0.2]), np.array([torch]), 1e-3, what)


def test_a_line_tells_what_differs() -> None:
    line = training.line("drop", "drop", (figure(0.2, "axes"), figure(0.5)))
    assert (line.verdict, line.note) == ("differ", "rate: Keras 0.2, torch 0.5")
    assert line.noise_ratio == pytest.approx(300)


def test_what_nothing_answers_is_incomplete() -> None:
    line = training.line("norm", "norm", (figure(0.2),), ("u moves, and nothing answers it",))
    assert line.verdict == training.judge([line]).verdict == "incomplete"
    assert training.line("norm", "norm", ()).verdict == "incomplete"


def test_a_model_without_such_layers_passes() -> None:
    assert training.judge([]).verdict == "pass"
