"""The text of twin files, and their headings: the same in both files, in the same order."""

import importlib.util
import re
from pathlib import Path

from parity.errors import ModelError

HEADING = re.compile(r"^# --- (.+) ---$", re.MULTILINE)
TOP = "About"  # what stands before the first heading


def source(module: str) -> str:
    """The text of a module's file, found without running it. Raises ModelError if there is none."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ModelError(f"no module {module!r}")
    return Path(spec.origin).read_text(encoding="utf-8")


def path(module: str) -> str:
    """Where a module of this repository stands: "torch_port/mlp.py"."""
    return module.replace(".", "/") + ".py"


def sections(text: str) -> dict[str, str]:
    """Heading -> the text below it, in order."""
    parts = HEADING.split(text)
    return {TOP: parts[0].strip()} | dict(
        zip(parts[1::2], (part.strip("\n") for part in parts[2::2]), strict=True)
    )
