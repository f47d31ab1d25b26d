"""Regularisers and constraints against Keras's, in float64 and in torch's layout."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from parity.semantics import SGD, constraints, regularizers
from parity.semantics.constraints import MaxNorm, constrain
from parity.sides.process import Sides
from tests.semantics.closeness import assert_close
from tests.semantics.keras_answers import losses as keras_answers
from tests.semantics.steps import Options

SidesOn = Callable[[str], Sides]
KERNEL = np.random.default_rng(0).standard_normal((3, 2, 4, 5))  # rows, columns, in, out


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
@pytest.mark.parametrize(
    ("name", "options", "axis", "dim"),
    [
        ("MaxNorm", {"max_value": 1.5}, 0, 2),
        ("MaxNorm", {"max_value": 3.0}, [0, 1, 2], (1, 2, 3)),
        ("MinMaxNorm", {"min_value": 1.0, "max_value": 1.5, "rate": 0.7}, 2, 1),
        ("UnitNorm", {}, [0, 1], (2, 3)),
        ("NonNeg", {}, None, None),
    ],
)
def test_constraints_are_kerass(
    sides_on: SidesOn, backend: str, name: str, options: Options, axis: object, dim: object
) -> None:
    where, place = ({}, {}) if axis is None else ({"axis": axis}, {"dim": dim})
    keras = sides_on(backend).keras.run(
        keras_answers.constrained, name, {**options, **where}, KERNEL
    )
    weight = torch.tensor(KERNEL).permute(3, 2, 0, 1)
    ours = getattr(constraints, name)(**options, **place)(weight).permute(2, 3, 1, 0).numpy()
    assert not np.array_equal(ours, KERNEL)
    assert_close(ours, keras)


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
@pytest.mark.parametrize(
    ("name", "options"),
    [("L1", {}), ("L2", {"l2": 0.1}), ("L1L2", {"l1": 0.1, "l2": 0.3})],
)
def test_penalties_are_kerass(sides_on: SidesOn, backend: str, name: str, options: Options) -> None:
    keras = sides_on(backend).keras.run(keras_answers.penalties, name, options, KERNEL)
    penalty = getattr(regularizers, name)(**options, keras_backend=backend)
    values = torch.tensor(KERNEL)
    assert_close(np.array([penalty(values), penalty.activity(values)]), np.array(keras))


def test_a_weight_is_held_behind_every_step_where_it_has_a_gradient() -> None:
    held, still = (torch.nn.Parameter(torch.tensor([[3.0, 4.0]])) for _ in range(2))
    optimizer = torch.optim.SGD([held, still], lr=0.0)
    handle = constrain(optimizer, {held: MaxNorm(1.0, dim=1), still: MaxNorm(1.0, dim=1)})
    held.grad = torch.zeros(1, 2)
    optimizer.step()
    assert held.norm().item() == pytest.approx(1.0)
    assert still.norm().item() == 5.0
    handle.remove()
    held.data.mul_(2)
    optimizer.step()
    assert held.norm().item() == pytest.approx(2.0)


def test_a_weight_of_another_optimizer_is_refused() -> None:
    optimizer = SGD([torch.nn.Parameter(torch.zeros(1))])
    with pytest.raises(ValueError, match=r"NonNeg\(\): its weight of shape \(2,\) is none"):
        constrain(optimizer, {torch.zeros(2): constraints.NonNeg()})


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: MaxNorm(-1.0, dim=0), "max_value=-1.0"),
        (lambda: regularizers.L2(-0.1), "l2=-0.1"),
        (lambda: regularizers.L1(float("nan")), "l1=nan"),
    ],
)
def test_a_wrong_option_is_named(make: Callable[[], object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()
