"""The whole self-test: the bank, faithful twins that must pass, planted ones that must not."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from parity.selftest import bodies, equivalent_mutants, trial
from parity.selftest.bank import BANK, Entry
from parity.selftest.draw import draw
from parity.selftest.mistakes import MISTAKES
from parity.selftest.plant import plant
from parity.selftest.soundness import Sounding, sound
from parity.selftest.spec import Spec
from parity.selftest.trial import Expected, Trial
from parity.sides.process import Sides

MOST_PLANTED = 3  # mistakes in one model
ENTRIES = {entry.id: entry for entry in BANK}

Watch = Callable[[str], None]
Done = TypeVar("Done", Trial, Sounding)


@dataclass(frozen=True)
class Tested:
    """All trials, by part."""

    bank: tuple[Trial, ...]
    faithful: tuple[Trial, ...]
    planted: tuple[Trial, ...]
    soundings: tuple[Sounding, ...] = ()

    @property
    def parts(self) -> dict[str, tuple[Trial, ...]]:
        """Those that have mistakes, by name."""
        return {"bank": self.bank, "planted models": self.planted}

    @property
    def trials(self) -> tuple[Trial, ...]:
        return self.bank + self.faithful + self.planted


def run(
    sides: Sides,
    bank: Iterable[Entry],
    twins: Iterable[int],
    mistakes: Iterable[int],
    watch: Watch,
    meddled: Iterable[int] = (),
) -> Tested:
    """Check entries of the bank, faithful twins, models with planted mistakes, and faithful ports
    that are meddled with.

    twins, mistakes, meddled: their seeds; watch: called with the name of each trial when it is
    done.
    """

    def done(trials: Iterator[Done]) -> tuple[Done, ...]:
        found = []
        for each in trials:
            watch(each.name)
            found.append(each)
        return tuple(found)

    return Tested(
        done(trial.of_entry(entry, sides) for entry in bank),
        done(_faithful(number, sides) for number in twins),
        done(_planted(number, sides) for number in mistakes),
        done(sound(number, sides) for number in meddled),
    )


def _faithful(seed: int, sides: Sides) -> Trial:
    spec = draw(seed)
    return trial.of_specs(f"twin {seed}", spec, spec, (), sides)


def _planted(seed: int, sides: Sides) -> Trial:
    """One to three mistakes in a drawn model. The first is the seed's own, so that none is rare;
    the model is drawn again where it has no room for it."""
    generator = np.random.default_rng(seed)
    spec, port, expected = with_mistakes(seed, generator)
    found = trial.of_specs(f"planted {seed}", spec, port, expected, sides)
    return (
        found
        if found.is_caught
        else replace(found, is_equivalent=equivalent_mutants.is_equivalent(spec, port, sides))
    )


def with_mistakes(
    seed: int, generator: np.random.Generator
) -> tuple[Spec, Spec, tuple[Expected, ...]]:
    first = list(MISTAKES)[seed % len(MISTAKES)]
    among = bodies.FOR_MISTAKES.get(first, bodies.BODIES)
    while True:
        spec = draw(int(generator.integers(2**31)), among)
        count = int(generator.integers(1, MOST_PLANTED + 1))
        port, planted = plant(spec, generator, count, first)
        if planted:
            expected = (Expected(p.mistake, (p.node, *p.also), p.cause) for p in planted)
            return spec, port, tuple(expected)
