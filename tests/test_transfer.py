"""`transfer`: a live port is filled with Keras's weights, whole or not at all."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def found() -> Any:
    """What the script found, which runs once, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.live_transfer"],
        cwd=ROOT,
        env=os.environ | {"KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_filled_port_gives_what_keras_gives(found: Any) -> None:
    assert found["filled"]["before"] > 1e-2
    assert found["filled"]["after"] < 1e-6


def test_what_keras_lacks_is_zeroed(found: Any) -> None:
    assert found["filled"]["lstm"] < 1e-6


def test_a_keras_model_is_filled_with_the_port_s_weights(found: Any) -> None:
    assert found["filled back"]["after"] < 1e-6
    assert found["filled back"]["changed"] == ["keras weights"]
    assert found["filled back"]["same objects"]


def test_numbers_of_a_graph_are_filled_in_and_cannot_be_filled(found: Any) -> None:
    assert found["of a graph"]["after"] < 1e-6
    assert (
        "a constant of Keras's graph, and the port holds other numbers"
        in (found["of a graph"]["refused"])
    )


def test_the_ledger_comes_back(found: Any) -> None:
    assert found["filled"]["lines"] == {
        "small/conv/kernel": "conv.weight",
        "small/conv/bias": "conv.bias",
        "small/norm/gamma": "norm.weight",
        "small/norm/beta": "norm.bias",
        "small/norm/moving_mean": "norm.running_mean",
        "small/norm/moving_variance": "norm.running_var",
        "small/out/kernel": "out.weight",
        "small/out/bias": "out.bias",
    }


def test_nothing_but_the_port_s_weights_changes(found: Any) -> None:
    assert found["filled"]["changed"] == ["torch weights"]
    assert found["filled"]["same objects"]


@pytest.mark.parametrize(
    ("case", "messages"),
    [
        ("wider", ["`out.weight`: is (6, 144), need (5, 144)", "`out.bias`: is (6,), need (5,)"]),
        ("longer", ["torch `extra.weight` (5, 5) has no", "torch `extra.bias` (5,) has no"]),
        ("broken", ["the torch pass breaks off: RuntimeError"]),
        ("mapped", ["mapping: `out.weight`: is (5, 144), need (144, 5) for `small/out/kernel`"]),
        ("sharper", ["the outputs do not agree in float64: "]),
        ("sharper, to keras", ["the outputs do not agree in float64: "]),
        ("shared", ["`two/first/kernel` cannot be read back from `layer.weight`"]),
    ],
)
def test_a_port_that_cannot_be_filled_whole_is_left_as_it_was(
    found: Any, case: str, messages: list[str]
) -> None:
    refused = found["refused"][case]
    assert all(message in refused["error"] for message in messages), refused["error"]
    assert refused["kept"]


def test_a_name_has_no_module_to_fill(found: Any) -> None:
    assert found["name"] == (
        "'tests.live_objects:Net' is a name; give the live module that is to be filled"
    )
