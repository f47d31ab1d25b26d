"""Every side has the verbs that are asked of it; refused_calls.py has calls that are refused."""

import inspect
from typing import Any

import pytest

from parity.sides import verbs
from parity.sides.process import Sides


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
