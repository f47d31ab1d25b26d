"""Every item that the tool covers: a faithful port passes, on both backends, in both float types.

Each model has its turn every fifth day; on jax, where each new shape is compiled, every
fourteenth.
"""

import ast
from collections.abc import Callable
from math import inf
from pathlib import Path

import pytest

from parity.checking import run
from parity.checking.options import Options
from parity.pairs import own
from parity.sides.process import Sides
from tests.in_turn import in_turn

SHAPES = {"subclassed": (6,)}  # of models that do not say what they take


def functions(framework: str) -> dict[str, str]:
    """The public functions and classes of a folder, by name, with their file's: they are not
    imported, as a test's process holds no framework."""
    kinds = ast.FunctionDef | ast.ClassDef
    return {
        x.name: path.stem
        for path in sorted((Path(__file__).parent / f"{framework}_models").glob("*.py"))
        for x in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(x, kinds) and x.name[0] != "_" and path.stem != "row"
    }


FILES = functions("keras")
MODELS = [name for name in FILES if name[0].islower()]  # the classes are their parts


def check(name: str, sides: Sides) -> None:
    pair = own(
        f"tests.coverage.keras_models.{FILES[name]}:{name}",
        f"tests.coverage.torch_models.{FILES[name]}:{name}",
        name,
    )
    report = run.check(pair, sides, Options(shape=SHAPES.get(name), budget=inf))
    assert report.verdict == "pass", report
    judged = {gate.dtype: gate for gate in report.gates if gate.name == "forward"}
    assert judged.keys() == {"float32", "float64"}
    assert all(gate.layers for gate in judged.values())


@pytest.mark.parametrize("name", in_turn(MODELS, 5))
def test_on_tensorflow(sides: Sides, name: str) -> None:
    check(name, sides)


@pytest.mark.parametrize("name", in_turn(MODELS, 14))
def test_on_jax(sides_on: Callable[[str], Sides], name: str) -> None:
    check(name, sides_on("jax"))


def test_every_model_has_a_twin() -> None:
    ports = functions("torch")
    assert {name: FILES[name] for name in MODELS}.items() <= ports.items()
