"""A plain script, with no `if __name__ == "__main__"`, may call `parity.check` on names."""

import os
import subprocess
import sys
from pathlib import Path

from tests.test_pytest_plugin import KERAS, TORCH

ROOT = Path(__file__).parent.parent
CHECK = """
import parity

print("here")
print(parity.check("{keras}:build", "{torch}:Net", dtype="float64").verdict)
"""


NAMES = """
def build():
    "Not called: the script is not imported."


Net = build
"""


def run(folder: Path, script: str) -> "subprocess.CompletedProcess[str]":
    (folder / "script.py").write_text(script, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "script.py"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_a_check_at_the_top_level_runs_the_script_once(tmp_path: Path) -> None:
    (tmp_path / "keras_net.py").write_text(KERAS, encoding="utf-8")
    (tmp_path / "torch_net.py").write_text(TORCH, encoding="utf-8")
    done = run(tmp_path, CHECK.format(keras="keras_net", torch="torch_net"))
    assert done.stdout.split() == ["here", "pass"], done.stderr


def test_models_that_stand_in_the_script_itself_are_one_clear_error(tmp_path: Path) -> None:
    done = run(tmp_path, NAMES + CHECK.format(keras="script", torch="script"))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "parity.errors.ModelError: script cannot be imported: it starts a check while a worker "
        'imports it; put the call under `if __name__ == "__main__":`, or the models in a module '
        "of their own"
    )


def test_names_of_the_main_script_are_one_clear_error(tmp_path: Path) -> None:
    done = run(tmp_path, CHECK.format(keras="__main__", torch="__main__"))
    assert done.returncode == 1
    assert "'__main__:build': a worker does not run the main script; " in done.stderr
