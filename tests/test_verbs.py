"""Every side has the verbs that are asked of it, and a call that does not fit one is refused."""

import inspect
import os
from pathlib import Path
from typing import Any

import pytest
from mypy import api

from parity.sides import verbs
from parity.sides.process import Sides

ROOT = Path(__file__).parent.parent

CALLS = """
from parity.sides.calls import ask
from parity.sides.process import Sides
from parity.sides.verbs import Epochs, InKeras, InTorch, Models, Walks

def calls(sides: Sides) -> None:
    x: int = sides.keras.call(Epochs.parameters, "key")
    sides.torch.follow(print, Epochs.fit, "key", 1, samples=10)
    sides.each(ask(InKeras.present, "key", {}), ask(InTorch.present, "key", {}, ("LSTM",)))
    y: str = sides.keras.call(Epochs.parameters, "key")  # refused
    sides.keras.call(Models.weights, 3)  # refused
    sides.keras.call(Models.weights)  # refused
    sides.keras.call(InTorch.lend, "key", {})  # refused
    sides.torch.submit(Epochs.fit, "key", "first")  # refused
    sides.torch.follow(print, Epochs.fit, "key", epochs=1)  # refused
    sides.both(InKeras.present, "key", {})  # refused
    sides.each(ask(Walks.leave, "key"), ask(InKeras.save, "key", "path"))  # refused
"""


def parameters(function: Any) -> list[tuple[str, Any, bool]]:
    """Name, kind, and whether it may be left out."""
    found = inspect.signature(function).parameters.values()
    return [(p.name, p.kind, p.default is not p.empty) for p in found if p.name != "self"]


def signatures(owner: Any, names: list[str]) -> dict[str, list[tuple[str, Any, bool]]]:
    return {name: parameters(getattr(owner, name)) for name in names}


def of_side(framework: str) -> dict[str, list[tuple[str, Any, bool]]]:
    """Run in the side's own process."""
    from importlib import import_module

    title = framework.capitalize()
    side = getattr(import_module(f"parity.sides.{framework}_side"), f"{title}Side")
    return signatures(side, asked(getattr(verbs, f"{title}Verbs")))


def asked(protocol: Any) -> list[str]:
    return [name for name, _ in inspect.getmembers(protocol, inspect.isfunction) if name[0] != "_"]


@pytest.mark.parametrize("framework", ["keras", "torch"])
def test_a_side_has_its_verbs_with_their_parameters(framework: str, sides: Sides) -> None:
    protocol = getattr(verbs, f"{framework.capitalize()}Verbs")
    side = sides.keras if framework == "keras" else sides.torch
    wanted = signatures(protocol, asked(protocol))
    assert len(wanted) > 30
    assert side.run(of_side, framework) == wanted


def test_mypy_refuses_a_call_that_does_not_fit_its_verb(tmp_path: Path) -> None:
    text = tmp_path / "calls.py"
    text.write_text(CALLS)
    options = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", os.devnull]
    said, problem, _ = api.run([*options, "--no-error-summary", "--hide-error-context", str(text)])
    assert not problem
    errors = [line for line in said.splitlines() if ": error: " in line]
    refused = [n for n, line in enumerate(CALLS.splitlines(), 1) if "# refused" in line]
    assert sorted({int(line.split(":")[1]) for line in errors}) == refused, said
