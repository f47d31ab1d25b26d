"""Whatever a pair is made of, it goes through the same gates."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from parity.checking.options import DEFAULT, Options
from parity.checking.run import check
from parity.gates import GATES
from parity.pairs import own, select
from parity.records.comparison import GateResult, Report
from parity.sides.process import Sides

FILES = "tests.own.twin_keras", "tests.own.twin_torch"
ROOT = Path(__file__).parents[2]


def gate(report: Report, name: str, dtype: str = "float64") -> GateResult:
    return next(g for g in report.gates if g.name == name and g.dtype in ("", dtype))


def test_twin_files_of_a_person_s_own_pass_all_gates(sides: Sides) -> None:
    report = check(own(*FILES), sides)
    assert report.verdict == "pass", report
    assert {found.name for found in report.gates} == set(GATES)


def test_they_may_be_given_as_paths(sides: Sides) -> None:
    keras, torch = (str(ROOT / name.replace(".", "/")) + ".py" for name in FILES)
    report = check(own(keras, torch), sides, Options(gates=("data", "loss"), dtypes=("float64",)))
    assert [found.verdict for found in report.gates] == ["pass", "pass"]


def test_a_slope_that_keras_holds_as_float32_is_named_in_every_gradient(sides: Sides) -> None:
    """tensorflow's LeakyRelu holds 0.2 as float32: 1.5e-8 off, in the gradients, too."""
    report = check(own(*FILES), sides, Options(gates=("forward", "gradients")))
    found = gate(report, "gradients")
    assert found.verdict == "pass", report
    assert all("computes act in float32" in line.note for line in found.layers)


def test_another_slope_still_differs(sides: Sides) -> None:
    """The noise of float32 hides no mistake of a person's."""
    (port,) = [own(FILES[0], "tests.mistakes.ports.other_slope")]
    report = check(port, sides, Options(gates=("forward", "gradients")))
    assert gate(report, "forward").verdict == "differ"


def test_two_names_alone_have_no_recipe_and_no_training_gates(sides: Sides) -> None:
    report = check(own("tests.own.twin_keras:build", "tests.own.twin_torch:build"), sides)
    assert [found.name for found in report.gates] == [
        *("structure", "weights", "forward", "forward", "output", "output"),
    ]


def test_a_registered_pair_is_compared_in_training_mode_too(sides: Sides) -> None:
    (pair,) = select(["mlp"])
    options = Options(gates=("structure", "weights", "forward"), dtypes=("float64",))
    report = check(pair, sides, options.in_training())
    trained = gate(report, "training")
    assert trained.verdict == "pass"
    assert [line.keras for line in trained.layers] == ["drop1", "drop2"]


def test_a_registered_pair_takes_inputs_of_a_person_s_own(sides: Sides) -> None:
    (pair,) = select(["mlp"])
    given = {"0": np.random.default_rng(0).random((3, 784), np.float32)}
    report = check(pair, sides, replace(DEFAULT, gates=("forward",), inputs=given))
    assert {found.verdict for found in report.gates} == {"pass"}


def test_a_registered_port_is_compared_with_the_weights_that_it_has(sides: Sides) -> None:
    (pair,) = select(["simple_ae"])
    report = check(pair, sides, Options(gates=("weights",), is_loaded=True))
    assert gate(report, "weights").verdict == "differ", "it drew weights of its own"


@pytest.mark.parametrize("name", ["mlp", "cnn"])
def test_float32_products_of_keras_on_torch_are_named_and_no_difference(
    name: str, sides_on: Callable[[str], Sides]
) -> None:
    """keras#23704: a product of two float64 arrays is float32 on the torch backend."""
    (pair,) = select([name])
    report = check(pair, sides_on("torch"), Options(gates=("forward",), dtypes=("float64",)))
    found = gate(report, "forward")
    assert found.verdict == "pass", report
    dense = [line for line in found.layers if "computes this Dense in float32" in line.note]
    assert dense, report


def test_so_are_those_of_a_pair_of_one_s_own(sides_on: Callable[[str], Sides]) -> None:
    pair = own("tests.own.keras_net:build", "tests.own.torch_net:Net")
    report = check(pair, sides_on("torch"))
    assert report.verdict == "pass", report
    assert "in float32" in str(report)
