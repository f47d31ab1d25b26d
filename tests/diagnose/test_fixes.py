"""The line that mends a planted mistake is code: put into the port, it makes the port agree."""

from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import parity.semantics
from parity.diagnose.hypotheses import hypotheses, in_training
from parity.diagnose.hypothesis import Hypothesis
from parity.sides.functions import FUNCTIONS
from parity.sides.interventions import moved
from parity.sides.tape import Tape
from tests.diagnose import (
    test_activation_hypotheses,
    test_hypotheses,
    test_new_causes,
    test_order_hypotheses,
    test_own_steps,
    test_sequence_hypotheses,
    test_written_norms,
)
from tests.diagnose.cases import (
    NOISE,
    Layer,
    Planted,
    case_of,
    difference,
    effect,
    image,
    planted,
    record,
)
from tests.diagnose.fixes import double, mended

MODULES = (
    test_activation_hypotheses,
    test_hypotheses,
    test_new_causes,
    test_order_hypotheses,
    test_own_steps,
    test_sequence_hypotheses,
    test_written_norms,
)
LISTS = [found for module in MODULES for found in vars(module).values() if isinstance(found, list)]
PORTS = [one for found in LISTS for one in found if isinstance(one, Planted) and one.cause]
# Their lines make several modules for one, whose weights have no place in the port's own; or are
# about several steps, each its own part.
ANEW = (
    *("mha-key-dim", "mask-zero in both directions, with holes"),
    *("axis-order of two views, there and back", "parts-exchanged of slices"),
    "rnn-activations of one layer of a stack",
)


def left(one: Planted, tape: Tape, found: Hypothesis) -> float:
    """The difference under the line of a fix."""
    with torch.no_grad():
        wanted = one.faithful(one.port, *one.inputs)
    return difference(mended(tape, one.inputs, found, one.port, one.values), wanted)


def named(one: Planted) -> tuple[Tape, Hypothesis]:
    torch.manual_seed(0)
    tape = record(one.port, one.inputs)
    with torch.no_grad():
        wanted = one.faithful(one.port, *one.inputs)
    tried = hypotheses(case_of(one, tape))
    return tape, next(h for h in tried if effect(tape, one, h, wanted) < NOISE)


@pytest.mark.parametrize("one", [one for one in PORTS if str(one) not in ANEW], ids=str)
def test_a_fix_mends_the_port(one: Planted) -> None:
    tape, found = named(one)
    assert left(one, tape, found) < NOISE, found.fix


@pytest.mark.parametrize("one", [one for one in PORTS if str(one) in ANEW], ids=str)
def test_a_fix_of_new_modules_runs(one: Planted) -> None:
    tape, found = named(one)
    assert 0 < left(one, tape, found) < float("inf"), found.fix


def test_a_line_that_changes_nothing_mends_nothing() -> None:
    one = test_activation_hypotheses.ACTIVATIONS[0]
    tape, found = named(one)
    for idle in ("y = y", "x = x", "x  # without fc"):
        assert left(one, tape, replace(found, fix=idle)) > NOISE


@pytest.mark.parametrize(
    ("cause", "keras", "port"),
    [
        ("bn-momentum", ("BatchNormalization", {"momentum": 0.9}), nn.BatchNorm2d(3, 1e-3, 0.9)),
        ("bn-moving-variance", ("BatchNormalization", {"momentum": 0.9}), nn.BatchNorm2d(3)),
        (
            "bn-moving-variance",
            ("BatchNormalization", {"momentum": 0.9}),
            nn.BatchNorm1d(3, eps=1e-3),
        ),
        ("bn-moving-variance", ("BatchNormalization", {"momentum": 0.9}), nn.BatchNorm3d(3)),
    ],
)
def test_a_fix_of_training_moves_statistics_as_keras_does(
    cause: str, keras: Layer, port: nn.Module
) -> None:
    x = image(4, 3, *[5] * int(type(port).__name__[-2]))
    one = planted("", keras, lambda m, x: m.bn(x), lambda m, x: x, x, bn=port)
    tape = record(one.port, one.inputs)
    found = next(h for h in in_training(case_of(one, tape)) if h.cause == cause)
    wanted = moved(found.changes, tape.calls[0], port.train(), (x,), {})
    with double():
        fixed = eval(found.fix, {"nn": nn, "parity": parity})
        fixed.double().train()(x)
    for name in ("running_mean", "running_var"):
        torch.testing.assert_close(fixed.get_buffer(name), wanted[name])


def test_a_fix_of_dropout_that_is_noise_multiplies_by_it() -> None:
    x = torch.ones(200, 36, dtype=torch.float64)
    keras: Layer = ("GaussianDropout", {"rate": 0.2})
    one = planted("", keras, lambda m, x: m.own(x), lambda m, x: x, x, own=nn.Dropout(0.2))
    tape = record(one.port, one.inputs)
    found = next(h for h in in_training(case_of(one, tape)) if h.cause == "dropout-kind")
    names: dict[str, Any] = {"torch": torch, "x": x}
    torch.manual_seed(0)
    exec(found.fix, names)
    (change,) = found.changes
    for y in (names["y"], FUNCTIONS[change.name](x, **change.value)):
        assert abs(float(y.mean()) - 1) < 0.02
        assert abs(float(y.std()) - 0.5) < 0.02  # sqrt(0.2 / 0.8)


@pytest.mark.parametrize(
    ("cause", "keras", "body", "own", "share"),
    [
        ("dropout-rate", ("Dropout", {"rate": 0.2}), None, nn.Dropout(0.5), 0.2),
        (
            "dropout-rate",
            ("Dropout", {"rate": 0.2}),
            lambda m, x: F.dropout(x, 0.5, m.training),
            nn.Identity(),
            0.2,
        ),
        (
            "dropout-axes",
            ("SpatialDropout2D", {"rate": 0.5}),
            None,
            nn.Dropout(0.5),
            0.5,
        ),
        ("layer-missing", ("Dropout", {"rate": 0.3}), lambda m, x: x * 1.0, nn.Identity(), 0.3),
    ],
)
def test_a_fix_of_dropout_drops_what_keras_drops(
    cause: str, keras: Layer, body: Any, own: nn.Module, share: float
) -> None:
    x = torch.ones(200, 3, 6, 6, dtype=torch.float64)
    one = planted("", keras, body or (lambda m, x: m.own(x)), lambda m, x: x, x, own=own)
    tape = record(one.port, one.inputs)
    found = next(h for h in in_training(case_of(one, tape)) if h.cause == cause)
    names: dict[str, Any] = {"nn": nn, "F": F, "torch": torch, "x": x, "y": x}
    names["self"] = one.port.train()
    torch.manual_seed(0)
    exec(found.fix if "=" in found.fix else f"y = {found.fix}", names)
    y = names["y"](x) if isinstance(names["y"], nn.Module) else names["y"]
    dropped = (y == 0).double()
    assert abs(float(dropped.mean()) - share) < 0.05
    assert bool((dropped.mean((2, 3)) % 1 == 0).all()) == (cause == "dropout-axes")
