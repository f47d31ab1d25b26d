"""Why a port makes other training steps than Keras's where its loss, gradients and optimizer agree:
one thing is done otherwise, and the training is begun anew."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from parity.diagnose.left import Left, cause
from parity.diagnose.rates import Rates, differs, of_rates
from parity.diagnose.remedies import Remedy
from parity.numerics.drift import LIMIT
from parity.records.budget import UNLIMITED, Budget
from parity.records.comparison import Finding, Tried
from parity.records.training import Otherwise

Trial = Callable[[Otherwise], float]  # the drift of the whole training so, as a multiple


@dataclass(frozen=True)
class Parted:
    """step: after which they part; before: the drift as a multiple of the reference's; trial: the
    same when the port trains otherwise; rates, epoch: as of DifferingOptimizer; is_stepped: has the
    port a step of its own?"""

    step: int
    before: float
    trial: Trial
    rates: Rates
    epoch: int
    is_stepped: bool


def find(subject: Parted, budget: Budget = UNLIMITED) -> Finding | None:
    """None where there is nothing to try."""
    title = f"step {subject.step}"
    tried: list[Tried] = []
    for remedy, otherwise in budget.lasting(_trials(subject)):
        left = subject.trial(otherwise)
        tried.append(Tried(remedy.cause, remedy.says, left))
        if left <= LIMIT:
            before, after = (Left(x, x) for x in (subject.before, left))
            found = cause(remedy.cause, remedy.says, remedy.fix, before, after)
            return Finding(title, title, "lockstep", (found,), subject.before, left, tuple(tried))
    if not tried:
        return None
    return Finding(title, title, "lockstep", (), subject.before, subject.before, tuple(tried))


def _trials(subject: Parted) -> Iterator[tuple[Remedy, Otherwise]]:
    if differs(subject.rates):
        yield of_rates(subject.rates, subject.epoch), Otherwise(rates=subject.rates[0])
    if subject.is_stepped:
        says = "gradients of the steps before are still there when the port makes one"
        yield Remedy("zero-grad", says, "optimizer.zero_grad()"), Otherwise(is_clear=True)
        says = "the port's step leaves the module in evaluation mode"
        yield Remedy("eval-left-on", says, "model.train()"), Otherwise(is_training=True)
