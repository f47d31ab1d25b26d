"""Whose arithmetic is followed, and what the package may import."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from parity import semantics
from parity.semantics import conventions

FOLDER = Path(semantics.__file__).parent


@pytest.fixture
def setting() -> Iterator[None]:
    before = semantics.keras_backend()
    yield
    semantics.use(before)


def test_tensorflow_is_followed_at_first() -> None:
    assert semantics.keras_backend() == "tensorflow"


@pytest.mark.usefixtures("setting")
def test_the_setting_holds_for_what_is_made_later() -> None:
    before = semantics.MeanSquaredError()
    semantics.use("jax")
    assert semantics.keras_backend() == "jax"
    assert semantics.MeanSquaredError().keras_backend == "jax"
    assert semantics.MeanSquaredError(keras_backend="torch").keras_backend == "torch"
    assert before.keras_backend == "tensorflow"
    optimizer = semantics.Adam([torch.nn.Parameter(torch.ones(1))])
    assert optimizer.param_groups[0]["keras_backend"] == "jax"


def test_an_unknown_backend_is_named_with_the_choices() -> None:
    with pytest.raises(ValueError, match="'theano': choose one of tensorflow, jax, torch"):
        semantics.use("theano")


def test_only_tensorflow_rounds_a_cast_number_to_float32() -> None:
    like = torch.zeros(1, dtype=torch.float64)
    values = [conventions.cast(0.9, like, backend).item() for backend in conventions.BACKENDS]
    assert values == [0.8999999761581421, 0.9, 0.9]


def test_the_package_imports_torch_and_itself_alone() -> None:
    for path in FOLDER.glob("*.py"):
        names = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add(node.module or "")
        for name in names:
            top = name.partition(".")[0]
            assert top not in {"keras", "tensorflow", "jax"}, path
            assert top != "parity" or name.startswith("parity.semantics"), path


def test_all_names_are_there() -> None:
    assert all(hasattr(semantics, name) for name in semantics.__all__)
