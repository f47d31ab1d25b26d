"""Find why a loss, its gradients or an optimizer differ: one thing is changed and measured again.

What is compared are several figures at once. A hypothesis is the cause where under its change all
of them agree.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from parity.diagnose.left import Figures, Left, cause, left, left_under
from parity.errors import ModelError
from parity.records.budget import UNLIMITED, Budget
from parity.records.comparison import Cause, Finding, Tried


@dataclass(frozen=True)
class Remedy:
    """A cause, what the port does, the line that mends it, and the one that it is about."""

    cause: str  # a key of parity.diagnose.causes.CAUSES
    says: str
    fix: str
    where: str = ""


@dataclass(frozen=True)
class Trial:
    """One or more remedies; steps[i] gives the figures under the first i + 1 of them."""

    remedies: tuple[Remedy, ...]
    steps: tuple[Callable[[], Figures], ...]


def explain(
    gate: str,
    keras: str,
    torch: str,
    figures: Figures,
    trials: Iterable[Trial],
    budget: Budget = UNLIMITED,
) -> Finding:
    """The cause of a difference, or what was tried in vain before the budget was spent.

    keras, torch: what the gate is about, the two losses or optimizers.
    """
    before = left(figures)
    if before.is_noise:  # what differs is none of them: under any change they would agree
        return Finding(keras, torch, gate, (), before.gap, before.gap)
    tried: list[Tried] = []
    unfinished = ""
    try:
        for trial in budget.lasting(trials):
            found = left_under(trial.steps[-1])
            tried.append(Tried(trial.remedies[-1].cause, trial.remedies[-1].says, found.gap))
            if found.is_noise:
                causes = _causes(trial, before, found)
                return Finding(keras, torch, gate, causes, before.gap, found.gap, tuple(tried))
    except ModelError as error:  # what was measured stays true, whatever a search breaks off at
        unfinished = str(error)
    unfinished = budget.told if budget.is_spent else unfinished
    return Finding(keras, torch, gate, (), before.gap, before.gap, tuple(tried), unfinished)


def _causes(trial: Trial, before: Left, after: Left) -> tuple[Cause, ...]:
    """Those of its remedies up to the one with which nothing is left."""
    found, last = [], before
    for place, remedy in enumerate(trial.remedies):
        is_last = place == len(trial.remedies) - 1
        now = after if is_last else left_under(trial.steps[place])
        of = cause(remedy.cause, remedy.says, remedy.fix, last, now)
        found.append(replace(of, where=remedy.where))
        last = now
        if now.is_noise:
            break
    return tuple(found)
