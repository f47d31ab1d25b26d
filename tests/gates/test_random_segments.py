"""Layers that draw and compute: what a small dropout beside a large one changes is seen."""

from functools import partial
from typing import Any

import numpy as np
import pytest

from parity.gates import random_segments
from parity.numerics.difference import difference
from parity.numerics.noise import LIMIT
from parity.records.comparison import Array, Measured

SHAPE = (4, 6, 64)


class Drawn:
    """A segment whose sides are functions of a number of runs, a generator and an input's size."""

    is_tiled, is_of_floats = True, True

    def __init__(self, keras: Any, torch: Any) -> None:
        self._sides = keras, torch
        self._made: dict[Any, Any] = {}
        self.shape, self.size = SHAPE, int(np.prod(SHAPE))
        narrow = type("Evidence", (), {"is_narrow": False})()
        self.met = type("Met", (), {"evidence": {"float64": narrow}})()

    def keras_runs(self, times: int, seed: int, value: float | None, samples: int | None) -> Array:
        return self._run(0, times, seed, value)

    def torch_runs(
        self, times: int, seed: int, value: float | None, changes: Any, samples: int | None = None
    ) -> Array:
        return self._run(1, times, seed, value)

    def _run(self, side: int, times: int, seed: int, value: float | None) -> Array:
        generator = np.random.default_rng((side, seed))
        found: Array = self._sides[side](times, generator, 1.0 if value is None else value)
        return found

    def kept(self, key: float | None, make: Any) -> Any:
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def measured(self, what: str, keras: Array, torch: Array, noise: float) -> Measured:
        return Measured("keras", "torch", keras, torch, noise, what)


def run(
    times: int, generator: np.random.Generator, size: float, inner: float, outer: float
) -> Array:
    """Dropout on the input, shared in time, and a smaller one on a state that it does not reach."""
    shape = (times, *SHAPE)
    large = generator.random((times, SHAPE[0], 1, 1)) >= outer
    small = generator.random(shape) >= inner
    return size * large / (1 - outer) + 0.5 * small / (1 - inner)


def apart(inner: float, outer: float) -> set[str]:
    """What differs from 10 % on the state and 40 % on the input."""
    ours = partial(run, inner=0.1, outer=0.4)
    figures = random_segments.of_segment(Drawn(ours, partial(run, inner=inner, outer=outer)))  # type: ignore[arg-type]
    return {
        figure.note.partition(" of ")[0]
        for figure in figures
        if difference(figure.keras, figure.torch).max_abs > LIMIT * figure.noise
    }


def test_the_same_draws_are_the_same() -> None:
    assert apart(0.1, 0.4) == set()


@pytest.mark.parametrize("inner", [0.0, 0.05, 0.15])
def test_a_small_dropout_shows_on_zeros_beside_a_large_one(inner: float) -> None:
    assert "spread on zeros" in apart(inner, 0.4)


def test_a_large_one_of_another_rate_shows_in_the_spread() -> None:
    assert "spread" in apart(0.1, 0.5)
