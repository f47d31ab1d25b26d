"""Find why a loss, its gradients or an optimizer differ: one thing is changed and measured again.

What is compared are several figures at once. A hypothesis is the cause where under its change all
of them agree.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from parity.diagnose.causes import CAUSES
from parity.errors import ModelError
from parity.numerics import noise
from parity.numerics.difference import difference
from parity.records.comparison import Cause, Finding, Measured, Tried

Figures = Sequence[Measured]


@dataclass(frozen=True)
class Remedy:
    """A cause, what the port does, and the line that mends it."""

    cause: str  # a key of parity.diagnose.causes.CAUSES
    says: str
    fix: str


@dataclass(frozen=True)
class Trial:
    """One or more remedies; steps[i] gives the figures under the first i + 1 of them."""

    remedies: tuple[Remedy, ...]
    steps: tuple[Callable[[], Figures], ...]


@dataclass(frozen=True)
class Left:
    """The figure furthest apart."""

    ratio: float  # to its noise
    gap: float


def explain(
    gate: str, keras: str, torch: str, figures: Figures, trials: Iterable[Trial]
) -> Finding:
    """The cause of a difference, or what was tried in vain.

    keras, torch: what the gate is about, the two losses or optimizers.
    """
    before = left(figures)
    tried: list[Tried] = []
    for trial in trials:
        found = _measured(trial.steps[-1])
        tried.append(Tried(trial.remedies[-1].cause, trial.remedies[-1].says, found.gap))
        if found.ratio <= noise.LIMIT:
            causes = _causes(trial, before, found)
            return Finding(keras, torch, gate, causes, before.gap, found.gap, tuple(tried))
    return Finding(keras, torch, gate, (), before.gap, before.gap, tuple(tried))


def left(figures: Figures) -> Left:
    gaps = [(difference(f.keras, f.torch).max_abs, f.noise) for f in figures]
    found = (Left(noise.ratio(gap, level), gap) for gap, level in gaps)
    return max(found, key=lambda one: one.ratio, default=Left(0.0, 0.0))


def _measured(step: Callable[[], Figures]) -> Left:
    """Infinite where it cannot be run so."""
    try:
        return left(step())
    except ModelError:
        return Left(float("inf"), float("inf"))


def _causes(trial: Trial, before: Left, after: Left) -> tuple[Cause, ...]:
    found, last = [], before
    for place, remedy in enumerate(trial.remedies):
        is_last = place == len(trial.remedies) - 1
        now = after if is_last else _measured(trial.steps[place])
        removed = 1 - now.ratio / last.ratio if 0 < last.ratio < float("inf") else 1.0
        known = CAUSES[remedy.cause]
        found.append(Cause(remedy.cause, known.says, remedy.says, remedy.fix, known.entry, removed))
        last = now
    return tuple(found)
