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

ROOM = "..."  # in a fix: for settings


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
                causes = _causes(trial, figures, found)
                return Finding(keras, torch, gate, causes, before.gap, found.gap, tuple(tried))
    except ModelError as error:  # what was measured stays true, whatever a search breaks off at
        unfinished = str(error)
    unfinished = budget.told if budget.is_spent else unfinished
    return Finding(keras, torch, gate, (), before.gap, before.gap, tuple(tried), unfinished)


def _causes(trial: Trial, figures: Figures, after: Left) -> tuple[Cause, ...]:
    """Those of its remedies up to the one with which nothing is left. One that moves nothing is no
    cause, unless the next are of its kind: it makes room for them, and stands in their fix."""
    if len(trial.remedies) == 1:
        return (_cause(trial.remedies[0], left(figures), after),)
    found, last, room = [], figures, ""
    for place, (remedy, step) in enumerate(zip(trial.remedies, trial.steps, strict=True), 1):
        now = step()
        is_needed = remedy.cause in {later.cause for later in trial.remedies[place:]}
        if is_needed or not _alike(last, now):
            told = replace(remedy, fix=room.replace(ROOM, remedy.fix) or remedy.fix)
            found.append(_cause(told, left(last), left(now)))
            last, room = now, ""
        else:
            room = remedy.fix if ROOM in remedy.fix else ""
        if left(now).is_noise:
            break
    return tuple(found)


def _cause(remedy: Remedy, before: Left, after: Left) -> Cause:
    of = cause(remedy.cause, remedy.says, remedy.fix, before, after)
    return replace(of, where=remedy.where)


def _alike(these: Figures, those: Figures) -> bool:
    """Are the port's the same in both, but for rounding?"""
    pairs = [replace(x, keras=y.torch) for x, y in zip(these, those, strict=True)]
    return left(pairs).is_noise
