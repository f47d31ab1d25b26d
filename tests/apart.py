"""What a module of the tests finds in a process of its own, where it is told of a Keras backend."""

import json
import os
import subprocess
import sys
from typing import Any


def finding(module: str, backend: str, *names: str) -> Any:
    """The last line that `python -m module NAMES` prints."""
    run = subprocess.run(
        [sys.executable, "-m", module, *names],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "KERAS_BACKEND": backend},
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])
