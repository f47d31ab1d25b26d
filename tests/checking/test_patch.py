"""The patch that a check writes: it is imported, and the port that it mends runs plainly."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from parity.api import Report
from parity.checking import models, patch, run
from parity.checking.options import DEFAULT
from parity.mapping import activation_layouts
from parity.mapping.plan import Inputs, key
from parity.numerics.difference import difference
from parity.records.comparison import Array, Cause, Finding
from parity.records.interventions import Change
from parity.records.pair import Pair
from parity.selftest import torch_twin, trial
from parity.selftest import weights as placed
from parity.selftest.bank import BANK, Entry
from parity.sides.modules import Factory
from parity.sides.patched import patched
from parity.sides.process import Sides
from parity.sides.verbs import Models

ENTRIES = {entry.id: entry for entry in BANK}
SAME = 1e-6  # a slope is float32's in Keras, even in a float64 model
KINDS = (  # a setting, an input, an output, a call, a source, a weight that Keras lends, an order
    *("bn-epsilon", "stride-shifted", "skip-from-another-layer", "leaky-slope", "pooling-zeros"),
    *("gru-reset-before", "concat-swapped", "mask-missing", "half-precision", "norm-lost"),
    *("dropout-lost", "bn-momentum", "backward-at-the-end"),
)


def checked(entry: Entry, sides: Sides) -> tuple[Report, Pair]:
    ours = Factory(trial.KERAS, "build", (entry.spec,))
    pair = Pair(entry.id, ours, Factory(trial.TORCH, "build", (entry.torch_spec,)))
    options = DEFAULT.in_training() if entry.gate == "training" else DEFAULT
    return Report(**vars(run.check(pair, sides, options))), pair


def keras_answer(pair: Pair, sides: Sides) -> tuple[Array, Inputs, dict[str, Array]]:
    """What Keras's model returns, on what the port is shown, and the weights that it holds."""
    plan = models.draw_up(pair, sides)
    try:
        name = key(pair, "float32")
        (answer,) = sides.keras.call(Models.answer, name, plan.shown.keras, "float64")
        value = answer.parts[0].value
        assert value is not None
        return value, plan.shown.torch, sides.keras.call(Models.weights, name)
    finally:
        models.close(pair, sides)


def ported(entry: Entry, weights: dict[str, Array]) -> nn.Module:
    """The port of an entry, with its mistake, and Keras's weights."""
    port = torch_twin.build(entry.torch_spec)
    tensors = placed.move(entry.torch_spec, weights)
    port.load_state_dict({n: torch.as_tensor(x) for n, x in tensors.items()}, strict=False)
    return port.double().eval()


def tensors(inputs: Inputs) -> list[torch.Tensor]:
    return [
        torch.as_tensor(x.astype("float64") if x.dtype.kind == "f" else x) for x in inputs.values()
    ]


def gap(value: Array, output: Any) -> float:
    """In the layout of those that shapes allow in which the two agree best."""
    theirs = output.detach().numpy()
    layouts = activation_layouts.fitting(value.shape, theirs.shape)
    return min(difference(value, activation_layouts.to_keras(x, theirs)).max_abs for x in layouts)


@pytest.mark.parametrize("name", KINDS)
def test_the_mended_port_agrees(name: str, sides: Sides) -> None:
    entry = ENTRIES[name]
    report, pair = checked(entry, sides)
    assert report.mended
    assert "With these changes the port agrees." in report.patch()
    names: dict[str, Any] = {}
    exec(compile(report.patch(), "patch.py", "exec"), names)
    value, inputs, weights = keras_answer(pair, sides)
    port = ported(entry, weights)
    if entry.gate != "training":
        assert gap(value, port(*tensors(inputs))) > SAME, "as it is, it does not"
    assert gap(value, names["patch"](port).eval()(*tensors(inputs))) < SAME


def test_what_cannot_stand_in_a_file_is_said_there(sides: Sides) -> None:
    report, _ = checked(ENTRIES["mask-ignored"], sides)
    source = report.patch()
    assert "but not all of them stand here" in source
    assert "Not mended here:" in source
    assert "is another for each input" in " ".join(source.split())


def test_a_report_that_passes_gives_a_patch_that_changes_nothing(
    sides: Sides, tmp_path: Path
) -> None:
    entry = ENTRIES["bn-epsilon"]
    ours = Factory(trial.KERAS, "build", (entry.spec,))
    pair = Pair("faithful", ours, Factory(trial.TORCH, "build", (entry.spec,)))
    report = Report(**vars(run.check(pair, sides)))
    report.patch(tmp_path / "patch.py")
    assert "CHANGES = ()" in (tmp_path / "patch.py").read_text(encoding="utf-8")


def test_a_patched_port_trains() -> None:
    linear, norm = nn.Linear(3, 2), nn.BatchNorm1d(2)
    port = nn.Sequential(linear, norm)
    other = (Change("1", "setting", "momentum", 1.0),)
    mended = patched(port, (Change("1", "setting", "eps", 0.5),), other)
    x = torch.randn(8, 3)
    y = mended.train()(x)
    y.square().sum().backward()
    seen = linear(x).detach()
    assert linear.weight.grad is not None
    assert linear.weight.grad.abs().sum() > 0
    assert norm.running_mean is not None
    assert torch.allclose(norm.running_mean, seen.mean(0), atol=1e-6), "by that momentum"
    variance = seen.var(0, correction=0)
    assert torch.allclose(y.var(0, correction=0), variance / (variance + 0.5), atol=1e-5)


def test_a_port_that_returns_its_outputs_in_another_order_is_mended_whole() -> None:
    exchanged = Cause("outputs-exchanged", "", "", "return them in Keras's order", "", 1.0)
    finding = Finding("a", "[1]", "output", (exchanged,), 1.0, 0.0)
    report = Report("pair", (), {}, (finding,), True, "", (Change("", "result", "b", 0),))
    assert patch.left(report) == []
    assert patch.left(replace(report, mended=None, changes=())) != []
