"""A command that refuses its input: in one line, before any work, and touching nothing else."""

import os
import tempfile
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from parity.cli import main
from parity.sides.process import Worker

Refusal = Callable[..., str]


def contents(folder: Path, but: tuple[Path, ...] = ()) -> dict[Path, object]:
    """All that a folder holds: what each file says, each link leads to, and each other thing is."""
    found = [path for path in folder.rglob("*") if not any(map(path.is_relative_to, but))]
    return {path: content(path) for path in found}


def content(path: Path) -> object:
    if path.is_symlink():
        return os.readlink(path)
    return path.read_bytes() if path.is_file() else path.lstat().st_mode


@pytest.fixture
def refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Refusal:
    """The line by which a command refuses; `named` is what it may have written."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setattr(Worker, "__init__", too_late)
    monkeypatch.chdir(tmp_path)

    def of(*argv: object, named: tuple[Path, ...] = ()) -> str:
        before = contents(tmp_path, (temporary, *named))
        status = main.main([str(word) for word in argv])
        printed = capsys.readouterr()
        assert status == 2, printed
        *usage, said = printed.err.splitlines()
        assert not usage or usage[0].startswith("usage: "), printed.err
        assert "error: " in said
        assert "Traceback" not in printed.out + printed.err
        assert "a fault of parity" not in said
        assert not [letter for letter in said if unicodedata.category(letter) == "Cc"]
        assert contents(tmp_path, (temporary, *named)) == before
        return said

    return of


def too_late(worker: object, *args: Any, **named: Any) -> None:
    raise AssertionError("a worker is started before what is given is looked at")
