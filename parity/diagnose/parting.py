"""Why a port makes other training steps than Keras's where its loss, gradients and optimizer agree:
one thing is done otherwise, and the training is begun anew."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf

from parity.diagnose.left import Left, cause
from parity.diagnose.rates import Rates, differs, of_rates
from parity.diagnose.remedies import Remedy
from parity.errors import ModelError
from parity.numerics.drift import LIMIT
from parity.records.budget import UNLIMITED, Budget
from parity.records.comparison import Finding, Tried
from parity.records.otherwise import NOT_CLIPPED, Clipping, Otherwise

INCOMPLETE = Remedy(
    "last-batch",
    "the port's step lets its optimizers rest on some of the batches, as on an epoch's last",
    "an optimizer's step for each batch",
)

AUTOCAST = Remedy(
    "dtype",
    "the port's step computes in a coarser type than float32, by autocast",
    "loss and model outside of torch.autocast",
)
NOT_CLEARED = Remedy(
    "zero-grad",
    "gradients of the steps before are still there when the port makes one",
    "optimizer.zero_grad()",
)
SQUARED_APART = Remedy(
    "embedding-squares",
    "an Embedding's gradient is the sum over the occurrences of a row, and Keras's optimizer "
    "squares each by itself",
    "parity.semantics.Embedding, and an optimizer of parity.semantics",
)

Trial = Callable[[Otherwise], float]  # the drift of the whole training so, as a multiple


@dataclass(frozen=True)
class Parted:
    """step: after which they part; before: the drift as a multiple of the reference's; trial: the
    same when the port trains otherwise; rates, epoch: as of DifferingOptimizer; is_stepped: has the
    port a step of its own?; extra: parameters that Keras does not train, and the cause that this
    would be; is_sliced: do Keras's optimizers see each occurrence of an Embedding's row alone?;
    is_by_loss: do both sides' rates go by the losses?; clipping: Keras's"""

    step: int
    before: float
    trial: Trial
    rates: Rates
    epoch: int
    is_stepped: bool
    extra: tuple[tuple[str, str], ...] = ()
    is_sliced: bool = False
    is_by_loss: bool = False
    clipping: Clipping = NOT_CLIPPED


def find(subject: Parted, budget: Budget = UNLIMITED) -> Finding | None:
    """None where there is nothing to try."""
    title = f"step {subject.step}"
    tried: list[Tried] = []
    for remedy, otherwise in budget.lasting(_trials(subject)):
        try:
            left = subject.trial(otherwise)
        except ModelError:  # it does not run so
            left = inf
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
        remedy = of_rates(subject.rates, subject.epoch, subject.is_by_loss)
        yield remedy, Otherwise(rates=subject.rates[0])
    yield from without(subject.extra)
    if subject.is_sliced:
        yield SQUARED_APART, Otherwise(is_sparse=True)
    if subject.is_stepped:
        yield AUTOCAST, Otherwise(is_full=True)
        yield INCOMPLETE, Otherwise(complete=subject.clipping)
        yield NOT_CLEARED, Otherwise(is_clear=True)
        says = "the port's step leaves the module, or a part of it, in evaluation mode"
        yield Remedy("eval-left-on", says, "model.train()"), Otherwise(mode="training")


def without(extra: tuple[tuple[str, str], ...]) -> Iterator[tuple[Remedy, Otherwise]]:
    """What the port alone trains stays as it is. extra: each with the cause that it is."""
    if extra:
        names = ", ".join(name for name, _ in extra)
        says = f"the port trains {names}, which answers nothing that Keras trains"
        remedy = Remedy(extra[0][1], says, "requires_grad_(False)")
        yield remedy, Otherwise(has_gradient=tuple((name, False) for name, _ in extra))
