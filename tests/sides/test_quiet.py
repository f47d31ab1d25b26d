"""What a framework prints as it starts, past Python, is not seen; what comes later is."""

import importlib
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from parity.sides import quiet

LOUD = "import os\nos.write(2, b'at its start')\ndef later():\n    os.write(2, b'later')\n"


@pytest.mark.parametrize(("debug", "seen"), [("", "later"), ("1", "at its startlater")])
def test_a_module_is_imported_without_a_word(
    debug: str,
    seen: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "loud_x.py").write_text(LOUD, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PARITY_DEBUG", debug)
    finders = list(sys.meta_path)
    quiet.at_import("loud_x")
    assert find_spec("loud_x"), "who only looks whether it is there does not run it"
    try:
        importlib.import_module("loud_x").later()
    finally:
        sys.modules.pop("loud_x", None)
    assert capfd.readouterr().err == seen
    assert sys.meta_path == finders, "it looks at no other import"


def test_a_module_that_is_there_or_nowhere_is_found_as_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    finders = list(sys.meta_path)
    quiet.at_import("sys")
    assert sys.meta_path == finders
    monkeypatch.setattr(sys, "meta_path", [*finders])
    quiet.at_import("no_such_module_x")
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("no_such_module_x")
