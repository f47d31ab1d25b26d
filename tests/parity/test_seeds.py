"""No alarm by chance: whatever the seed of weights and draws, the six pairs pass.

Another seed, pair and backend every day.
"""

from collections.abc import Callable
from math import inf

import pytest

from parity.checking.options import Options
from parity.checking.probe import Probe
from parity.checking.run import check
from parity.pairs import PAIRS
from parity.records.pair import Pair
from parity.sides.process import Sides
from tests.in_turn import in_turn

SEEDS = 25
EVERY = [
    (pair, seed, on) for seed in range(SEEDS) for pair in PAIRS for on in ("tensorflow", "jax")
]
CHOSEN = in_turn(EVERY, len(EVERY))


@pytest.mark.parametrize(
    ("pair", "seed", "backend"), CHOSEN, ids=[f"{p.name}-{seed}-{on}" for p, seed, on in CHOSEN]
)
def test_a_pair_passes_with_any_seed(
    sides_on: Callable[[str], Sides], shown: Probe, pair: Pair, seed: int, backend: str
) -> None:
    report = check(pair, sides_on(backend), Options(seed=seed, budget=inf), shown)
    assert report.verdict == "pass", [gate for gate in report.gates if gate.verdict != "pass"]
