"""Learning rates of every step and epoch against those of Keras's schedules and callback."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from parity.semantics import SGD, plateau, schedules
from parity.sides.process import Sides
from tests.semantics.closeness import assert_close
from tests.semantics.keras_answers import optimizers as keras_answers
from tests.semantics.steps import Options

SidesOn = Callable[[str], Sides]
STEPS = 150
CASES: list[tuple[str, Options]] = [
    ("ExponentialDecay", {"decay_steps": 7, "decay_rate": 0.96}),
    ("ExponentialDecay", {"decay_steps": 7, "decay_rate": 0.9, "staircase": True}),
    ("InverseTimeDecay", {"decay_steps": 7, "decay_rate": 0.5}),
    ("InverseTimeDecay", {"decay_steps": 41, "decay_rate": 0.5, "staircase": True}),
    ("PiecewiseConstantDecay", {"boundaries": [5, 11], "values": [0.1, 0.05, 0.01]}),
    ("PolynomialDecay", {"decay_steps": 40, "power": 2.0}),
    ("PolynomialDecay", {"decay_steps": 13, "power": 1.3, "cycle": True}),
    ("CosineDecay", {"decay_steps": 97, "alpha": 0.1}),
    ("CosineDecay", {"decay_steps": 97, "warmup_target": 0.1, "warmup_steps": 13, "alpha": 0.1}),
    ("CosineDecay", {"decay_steps": 21, "warmup_target": 0.1}),
    ("CosineDecayRestarts", {"first_decay_steps": 11, "m_mul": 0.9, "alpha": 0.01}),
    ("CosineDecayRestarts", {"first_decay_steps": 11, "t_mul": 1.0}),
    ("CosineDecayRestarts", {"first_decay_steps": 10, "t_mul": 1.5}),
]
NAMES = [f"{name}-{'-'.join(options)}" for name, options in CASES]


def rates(name: str, options: Options, lr: float, backend: str) -> list[float]:
    optimizer = SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    scheduler = getattr(schedules, name)(optimizer, **options, keras_backend=backend)
    found = []
    for _ in range(STEPS):
        found.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        scheduler.step()
    return found


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
@pytest.mark.parametrize(("name", "options"), CASES, ids=NAMES)
def test_rates_are_kerass(sides_on: SidesOn, backend: str, name: str, options: Options) -> None:
    """On tensorflow to the last bit of float32."""
    initial = 0.003 if "warmup_target" in options else 0.1
    given = dict(options)
    if name != "PiecewiseConstantDecay":
        given["initial_learning_rate"] = initial
    keras = sides_on(backend).keras.run(keras_answers.schedule_rates, name, given, STEPS)
    ours = np.array(rates(name, options, initial, backend))
    exact = 0.0 if backend == "tensorflow" else 1e-13
    assert_close(ours, keras, exact, floor=exact)


LOSSES = [1.0, 0.5, 0.5, 0.49995, 0.4, 0.4, 0.4, 0.4, 0.4, 0.3, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "options",
    [
        {"patience": 2},
        {"patience": 0, "factor": 0.5, "min_lr": 0.01},
        {"patience": 2, "cooldown": 2, "min_delta": 0.0},
        {"patience": 3, "mode": "max", "factor": 0.3},
    ],
    ids="-".join,
)
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_a_plateau_is_kerass(
    sides_on: SidesOn, backend: str, options: dict[str, Any], dtype: str
) -> None:
    keras = sides_on(backend).keras.run(keras_answers.plateau_rates, options, LOSSES, dtype)
    weight = torch.nn.Parameter(torch.zeros(1, dtype=getattr(torch, dtype)))
    optimizer = SGD([weight], lr=0.1)
    scheduler = plateau.ReduceLROnPlateau(optimizer, **options, keras_backend=backend)
    ours = []
    for loss in LOSSES:
        scheduler.step(loss)
        ours.append(optimizer.param_groups[0]["lr"])
    assert len(set(ours)) > 1
    held = torch.tensor(ours, dtype=weight.dtype).double().numpy()
    assert (held == np.array(keras)).all()


def test_a_schedule_goes_on_from_its_state() -> None:
    optimizer = SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = schedules.CosineDecay(optimizer, 20)
    for _ in range(5):
        optimizer.step()
        scheduler.step()
    state, held = scheduler.state_dict(), optimizer.state_dict()
    other = SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    twin = schedules.CosineDecay(other, 7)
    twin.load_state_dict(state)
    other.load_state_dict(held)
    for one in (optimizer, other):
        one.step()
    scheduler.step()
    twin.step()
    assert twin.get_last_lr() == scheduler.get_last_lr() != [0.1]


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("CosineDecay", {"decay_steps": 0}, "decay_steps=0"),
        ("PiecewiseConstantDecay", {"boundaries": [3], "values": [0.1]}, "one value more"),
        ("ReduceLROnPlateau", {"mode": "auto"}, "mode='auto'"),
    ],
)
def test_a_wrong_option_is_named(name: str, options: Options, words: str) -> None:
    room: Any = plateau if name == "ReduceLROnPlateau" else schedules
    with pytest.raises(ValueError, match=words):
        getattr(room, name)(SGD([torch.nn.Parameter(torch.zeros(1))]), **options)
