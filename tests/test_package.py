"""What `import parity` costs and gives: nothing is loaded, or started, before it is used."""

import inspect
import json
import os
import subprocess
import sys
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import pytest

import parity
from parity.cli import main

ROOT = Path(__file__).parent.parent
HEAVY = ("keras", "tensorflow", "jax", "torch", "rich", "safetensors", "numpy", "pandas")


def printed(code: str, *arguments: str, folder: Path = ROOT) -> str:
    """What this code prints in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_conventions_need_torch_alone() -> None:
    code = """
import sys
for name in sys.argv[1:]:
    sys.modules[name] = None
from parity.semantics import Adam, BinaryCrossentropy
import parity
print(*(name for name in sys.modules if name.startswith("parity.")))
"""
    others = ("keras", "tensorflow", "jax", "rich", "safetensors", "pandas", "matplotlib", "scipy")
    loaded = printed(code, *others).split()
    assert loaded
    assert all(name.startswith("parity.semantics") for name in loaded)


def test_a_run_of_pytest_that_does_not_use_the_fixture_loads_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_empty.py").write_text("", encoding="utf-8")
    code = """
import json, sys
import pytest
pytest.main(["-q", "-p", "no:cacheprovider", "-p", "parity.pytest_plugin"])
print(json.dumps([name for name in sys.modules if "." not in name or "parity" in name]))
"""
    loaded = json.loads(printed(code, folder=tmp_path).splitlines()[-1])
    assert not set(loaded) & set(HEAVY)
    assert {name for name in loaded if name.startswith("parity")} == {
        "parity",
        "parity.pytest_plugin",
    }


def test_every_public_name_is_there_and_listed() -> None:
    assert parity.__all__ == sorted(parity.__all__)
    assert all(getattr(parity, name) is not None for name in parity.__all__)
    assert set(parity.__all__) <= set(dir(parity))


def test_no_public_name_is_that_of_a_room() -> None:
    """`import parity.NAME` would put the module in the name's place."""
    assert [name for name in parity.__all__ if find_spec(f"parity.{name}")] == []


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'parity' has no attribute 'chekc'"):
        parity.chekc  # type: ignore[attr-defined]  # noqa: B018


def test_no_public_signature_speaks_of_workers() -> None:
    for name in parity.__all__:
        found = getattr(parity, name)
        if inspect.isfunction(found):
            assert "Sides" not in str(inspect.signature(found)), name


def test_a_source_tree_knows_its_version(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    assert main.main(["--version"]) == 0
    assert capsys.readouterr().out == f"keras-torch-parity {parity.__version__}\n"


def test_types_are_shipped() -> None:
    assert (Path(parity.__file__).parent / "py.typed").is_file()
