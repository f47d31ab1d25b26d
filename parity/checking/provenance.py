"""What it takes to run a result again: versions, machine, settings, and the source commit."""

import contextlib
import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

from parity.records.version import __version__
from parity.sides import usage
from parity.sides.calls import TwoSides
from parity.sides.verbs import Models

SOURCE = Path(__file__).parents[2]
CODE = ("parity", "keras_reference", "torch_port", "pyproject.toml")  # what decides a result


def describe(sides: TwoSides, settings: dict[str, Any]) -> dict[str, Any]:
    """Provenance for a result file: no paths, no time, no name of the machine or its user."""
    keras, torch = sides.both(Models.describe)
    return {
        "versions": {
            "keras-torch-parity": __version__,
            "python": platform.python_version(),
            "numpy": metadata.version("numpy"),
            "keras": keras.pop("keras"),
            keras["keras_backend"]: keras.pop(f"keras_on_{keras['keras_backend']}"),
            "torch": torch.pop("torch"),
        },
        "machine": {
            "system": platform.system(),
            "processor": usage.processor(),
            "cores": usage.cores(),
        },
        "keras_side": keras,
        "torch_side": torch,
        "settings": settings,
        "source": source_commit(),
    }


def versions(backends: tuple[str, ...]) -> dict[str, str]:
    """The installed versions of Keras, of its backends, and of PyTorch."""
    names = dict.fromkeys(("keras", *backends, "torch"))
    return {"python": platform.python_version()} | {n: metadata.version(n) for n in names}


def installed(backend: str) -> dict[str, str]:
    """The versions of what a result depends on, where they are installed."""
    found = {"python": platform.python_version(), "keras-torch-parity": __version__}
    for name in ("numpy", "keras", backend, "torch"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def conditions(found: dict[str, Any], digest: str) -> dict[str, Any]:
    """What the result of a run depends on beside its job: it is the same wherever these are.

    found: what `describe` returns; digest: of the data.
    """
    return {
        "versions": found["versions"],
        "machine": {name: found["machine"][name] for name in ("system", "processor")},
        "devices": {
            "keras": found["keras_side"]["keras_device"],
            "torch": found["torch_side"]["device"],
        },
        "data": digest,
    }


def source_commit() -> dict[str, Any]:
    """The commit of the source tree, and whether it was changed; {} for an installed package."""
    commit = _git("rev-parse", "HEAD")
    if commit is None:
        return {}
    changed = _git("status", "--porcelain", "--", *CODE)
    return {"commit": commit, "changed": bool(changed)}


def _git(*args: str) -> str | None:
    if not (SOURCE / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", "-C", str(SOURCE), *args],
            check=False,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
