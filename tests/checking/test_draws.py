"""What both models are run on."""

from typing import Any

import pytest

from parity.checking import draws, output
from parity.checking import run as checking
from parity.checking.draws import Draw
from parity.gates.returned_values import Run
from parity.pairs import own
from parity.records.comparison import Report
from parity.sides.process import Sides


def check(sides: Sides, keras: str, torch: str) -> Report:
    pair = own(f"tests.own.keras_large:{keras}", f"tests.own.torch_large:{torch}")
    return checking.check(pair, sides)


@pytest.fixture
def samples(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """How many samples each draw has that models are run on."""
    found: list[tuple[str, int]] = []

    run = output.run

    def noted(draw: Draw, *args: Any) -> list[Run]:
        found.append((draw.about, len(next(iter(draw.keras.values())))))
        return run(draw, *args)

    monkeypatch.setattr(output, "run", noted)
    return found


def test_further_draws_of_large_samples_are_of_one(
    sides: Sides, samples: list[tuple[str, int]]
) -> None:
    assert check(sides, "many", "Many").verdict == "pass"
    assert dict(samples[:1]) == {draws.FIRST: 2}
    assert {count for _, count in samples[1:]} == {1}
    assert [about for about, _ in samples[1:]] == [
        *(draws.ONE, "wide inputs", "narrow inputs", "other weights", "other weights"),
    ]


def test_rounding_is_not_measured_on_a_few_values(
    sides: Sides, samples: list[tuple[str, int]]
) -> None:
    assert check(sides, "few", "Few").verdict == "pass"
    assert {about: count for about, count in samples if count == 1} == {draws.ONE: 1}


@pytest.mark.parametrize(("torch", "draw"), [("Squeezed", draws.ONE), ("Clipped", "wide inputs")])
def test_what_shows_on_a_further_draw_alone_is_seen_on_one_sample(
    sides: Sides, torch: str, draw: str
) -> None:
    report = check(sides, "many", torch)
    assert report.verdict == "differ"
    assert any(draw in gate.note for gate in report.gates if gate.name == "output")
