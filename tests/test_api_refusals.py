"""What a person gives `parity.check` by mistake is a ParityError in one line, and nothing else."""

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
    """What the script found. Keras runs on torch there, which is the quickest to import."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.live_refusals"],
        cwd=ROOT,
        env=os.environ | {"KERAS_BACKEND": "torch"},
        capture_output=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


SAID = {
    "factory": "torch side, in open: SystemExit: 4",
    "module": "tests.own.leaves cannot be imported: SystemExit: 4",
    "unsayable": "torch side, in open: UnsayableError",
    "keras": "SystemExit: as it is built",
    "transfer": "the torch pass breaks off: the module left Python by sys.exit(0)",
    "no array": "inputs: '0' is of object; give real numbers",
    "texts": "inputs: '0' is of <U1; give real numbers",
    "ragged": "inputs: '0' is no array of numbers: ValueError: ",
    "no samples": "inputs: '0' has the shape (0, 4); give (N, ...), with N samples",
    "scalar": "inputs: '0' has the shape (); give (N, ...), with N samples",
    "seed": "seed=-1: give a number from 0 to 4,294,967,295",
    "seed's type": "seed='0': give a whole number",
    "shape": "input shape (-4,): every size is at least 1",
    "shape's type": "input shape '4': give whole numbers, like (28, 28, 1)",
    "size": "a sample of more than 268,435,456 values is too big",
    "weights": "no file 'no.safetensors'",
    "weights' type": "3 is no file's name",
    "map": "mapping=[]: give a TOML file or a dictionary",
    "map's file": "no.toml: No such file or directory",
    "map's table": "mapping: layers = ['dense']; give a table of names",
    "map's key": "mapping: inputs has 0 in the place of a name",
    "map's section": "mapping: [1, layer] is not known; there are layers, weights, inputs",
    "map's layer": "mapping: no Keras layer 'no_layer'; there are re_lu",
    "map's module": "mapping: no torch module or step 'no.module'; there are a[/b]",
    "map's input": "mapping: no input 'image'; there are 0",
    "pair": "no pair is called \"['mlp']\"",
}


@pytest.mark.parametrize(("case", "message"), SAID.items(), ids=SAID)
def test_a_mistake_is_one_clear_error(found: Any, case: str, message: str) -> None:
    (line,) = found[case].splitlines()
    assert line.startswith("ParityError: ")
    assert message in line


def test_a_pass_that_ends_the_process_is_told_and_passes_nothing(found: Any) -> None:
    assert "the module left Python by sys.exit(0)" in found["forward"]
    assert "pass: the same function" not in found["forward"]


def test_an_input_that_needs_a_gradient_is_taken(found: Any) -> None:
    assert found["verdict"] == "pass"


@pytest.mark.parametrize("shown", ["text", "html", "shown"])
def test_a_module_has_any_name(found: Any, shown: str) -> None:
    """What rich reads as markup is no end of a report."""
    assert "a[/b]" in found[shown]
    assert "[red]b" in found[shown]


@pytest.mark.parametrize("shown", ["text", "html"])
def test_no_name_speaks_to_the_terminal(found: Any, shown: str) -> None:
    assert "\x1b" not in found[shown]
    assert "[2Jc" in found[shown]
