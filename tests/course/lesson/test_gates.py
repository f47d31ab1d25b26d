"""The page says what every gate asks."""

from pathlib import Path

import pytest

from parity.gates import GATES

ROOT = Path(__file__).parents[3]
TEMPLATE = ROOT / "parity" / "course" / "lesson" / "templates" / "parts" / "gates.html"


@pytest.mark.parametrize("gate", GATES)
def test_every_gate_has_its_question(gate: str) -> None:
    assert f'\n"{gate}": "' in TEMPLATE.read_text(encoding="utf-8")
