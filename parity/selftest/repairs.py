"""The repair rate: in how many models does the port agree when all causes together are mended?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from parity.selftest.trial import Trial

FEWEST = 10  # models with a cause, below which its rate says nothing
PUBLISHED = 0.61  # of other tools


@dataclass(frozen=True)
class Group:
    """The models in which a cause is planted, perhaps beside others, and how many are repaired."""

    cause: str
    tried: int
    repaired: int

    @property
    def rate(self) -> float:
        return self.repaired / self.tried


@dataclass(frozen=True)
class Rate:
    """Of all models, and by cause. Those in which nothing changes are not counted."""

    tried: int
    repaired: int
    groups: tuple[Group, ...]

    @property
    def micro(self) -> float:
        """The share of all models."""
        return self.repaired / self.tried if self.tried else 0.0

    @property
    def macro(self) -> float:
        """The mean of the causes' shares, each as heavy as any other."""
        return sum(group.rate for group in self.groups) / len(self.groups) if self.groups else 0.0

    @property
    def smallest(self) -> int:
        return min((group.tried for group in self.groups), default=0)


def rate(trials: Iterable[Trial]) -> Rate:
    counted = [trial for trial in trials if trial.expected and not trial.is_equivalent]
    found: dict[str, list[Trial]] = {}
    for trial in counted:
        for cause in dict.fromkeys(mistake.cause for mistake in trial.expected):
            found.setdefault(cause, []).append(trial)
    groups = (Group(cause, len(x), _repaired(x)) for cause, x in sorted(found.items()))
    return Rate(len(counted), _repaired(counted), tuple(groups))


def falsely(trials: Iterable[Trial]) -> list[Trial]:
    """Those that are called mended, and whose mended port does not give what Keras gives."""
    return [trial for trial in trials if trial.is_called_mended and trial.is_proven is False]


def _repaired(trials: Sequence[Trial]) -> int:
    return sum(trial.is_repaired for trial in trials)


def told(found: Rate) -> str:
    """In a line."""
    line = f"{found.repaired:,} of {found.tried:,} ({found.micro:.1%})"
    if found.smallest < FEWEST:
        return line
    return f"{line}; {found.macro:.1%} as a mean of {len(found.groups)} causes, of which the " + (
        f"rarest is in {found.smallest} models"
    )
