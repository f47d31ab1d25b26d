"""The shape of the code: who imports whom, and twin files that can be laid side by side."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from parity.course.twins import sections, source
from parity.pairs import PAIRS, REPORTED

ROOT = Path(__file__).parent.parent
FRAMEWORKS = {"keras", "tensorflow", "jax", "torch", "torchvision"}
# Whose subject both frameworks are: Keras's torch backend, and live objects of one process.
BOTH = ("sides/keras_backend.py", "sides/keras_on_torch.py", "sides/local.py", "api.py")


def imports(path: Path) -> set[str]:
    return set(imports_of(path.read_text(encoding="utf-8")))


def imports_of(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def tops(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def test_keras_models_import_keras_and_numpy_alone() -> None:
    for path in files("keras_reference"):
        assert tops(imports(path)) <= {"keras", "numpy"}, path


def test_ports_import_torch_numpy_and_keras_s_conventions_alone() -> None:
    for path in files("torch_port"):
        assert tops(imports(path)) <= {"torch", "numpy", "parity"}, path
        ours = {name for name in imports(path) if name.startswith("parity")}
        assert all(name.startswith("parity.semantics.") for name in ours), path


def test_only_the_sides_import_a_framework() -> None:
    for path in files("parity"):
        found = tops(imports(path)) & FRAMEWORKS
        name = path.relative_to(ROOT / "parity").as_posix()
        if name in BOTH:
            continue
        assert not {"keras", "torch"} <= found, path
        if path.parent.name == "sides":
            continue
        if name == "selftest/keras_twin.py":
            assert found == {"keras"}
        elif name == "selftest/torch_twin.py" or name.startswith(("semantics/", "selftest/port/")):
            assert found <= {"torch"}, path
        elif path.name == "mnist.py":
            assert found == {"torchvision"}
        else:
            assert not found, path


def test_gates_import_no_other_stage() -> None:
    allowed = {"records", "training_records", "difference", "noise", "judging", "drift"}
    for path in files("parity/gates"):
        ours = {name.split(".")[1] for name in imports(path) if name.startswith("parity.")}
        assert ours <= allowed, path


def test_sides_know_nothing_of_a_diagnosis() -> None:
    for path in files("parity/sides"):
        assert not [name for name in imports(path) if name.startswith("parity.diagnose")], path


def test_an_import_of_a_framework_would_be_seen() -> None:
    assert tops(set(imports_of("def f():\n    import torch.nn"))) == {"torch"}
    assert tops(set(imports_of("from keras import layers"))) == {"keras"}


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_twin_files_have_the_same_headings_in_the_same_order(pair) -> None:  # type: ignore[no-untyped-def]
    keras, torch = (list(sections(source(module))) for module in (pair.keras, pair.torch))
    assert keras == torch
    assert keras == ["About", "Sizes", "Data", "Model", "Weights", "Output", "Recipe"]


def test_every_model_file_is_registered() -> None:
    for folder in ("keras_reference", "torch_port"):
        names = {path.stem for path in (ROOT / folder).glob("*.py")} - {"__init__"}
        assert names == {pair.name for pair in PAIRS}
    reported = {path.stem for path in (ROOT / "torch_port/as_reported").glob("*.py")}
    assert reported - {"__init__"} == {pair.name for pair in REPORTED}
