"""Find the cause of a difference in training mode: as search.py does at inference.

What is compared are several figures: an output, statistics, a rate, a standard deviation. A
hypothesis is the cause where under its change all of them agree.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from parity.diagnose.hypotheses import in_training
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.diagnose.left import Figures, Left, cause, left_under
from parity.records.budget import UNLIMITED, Budget
from parity.records.comparison import Finding, Match, Step, Tried
from parity.records.interventions import Change

MOST_FAULTS = 3  # in one segment
WORTH = 0.5  # a fault among several removes at least half of what is left


@dataclass(frozen=True)
class DifferingInTraining:
    """A segment that differs in training mode, and how to run it again."""

    match: Match
    layer: Step  # Keras's, that trains
    drawing: str  # the side that draws where the other does not: "keras", "torch" or ""
    input_shape: tuple[int, ...]
    axes: tuple[int, ...]  # Keras axis i of the input is torch's axis axes[i]
    under: Callable[[tuple[Change, ...]], Figures]


def explain(
    subject: DifferingInTraining, budget: Budget = UNLIMITED
) -> tuple[Finding, tuple[Change, ...]]:
    """The causes of a difference, and what mends them; or what was tried in vain before the budget
    was spent."""
    before = left = left_under(partial(subject.under, ()))
    tried: list[Tried] = []
    assumed: list[tuple[Hypothesis, Left]] = []
    for _ in range(MOST_FAULTS):
        best = _best(subject, [h for h, _ in assumed], tried, budget)
        if best is None or not best[1].ratio < WORTH * left.ratio:
            break
        assumed.append(best)
        left = best[1]
        if left.is_noise:
            changes = tuple(change for hypothesis, _ in assumed for change in hypothesis.changes)
            return _finding(subject, before, assumed, tried), changes
    one_sided = [(_one_sided(subject), Left(0.0, 0.0))] if subject.drawing else []
    vain = _finding(subject, before, one_sided, tried)
    return (replace(vain, unfinished=budget.told) if budget.is_spent else vain), ()


def _best(
    subject: DifferingInTraining, assumed: list[Hypothesis], tried: list[Tried], budget: Budget
) -> tuple[Hypothesis, Left] | None:
    """The first hypothesis that leaves nothing, else that which leaves least."""
    base = tuple(change for h in assumed for change in h.changes)
    best: tuple[Hypothesis, Left] | None = None
    for hypothesis in budget.lasting(_hypotheses(subject)):
        if hypothesis in assumed:
            continue
        left = left_under(partial(subject.under, (*base, *hypothesis.changes)))
        if not assumed:
            tried.append(Tried(hypothesis.cause, hypothesis.says, left.gap))
        if best is None or left.ratio < best[1].ratio:
            best = hypothesis, left
        if left.is_noise:
            break
    return best


def _hypotheses(subject: DifferingInTraining) -> Iterator[Hypothesis]:
    steps = subject.match.keras_steps
    for place, step in enumerate(steps):
        case = Case(
            steps[: place + 1], subject.match.torch, subject.input_shape, step.shape, subject.axes
        )
        yield from in_training(case)


def _one_sided(subject: DifferingInTraining) -> Hypothesis:
    layer = subject.layer
    if subject.drawing == "keras":
        rate = layer.settings.get("recurrent_dropout")
        drops = f", recurrent_dropout={rate:g}" if rate else ""
        says = f"{layer.name} ({layer.kind}{drops}) draws in training, and the port nothing there"
        fix = f"a layer for {layer.name} ({layer.kind})"
        if rate:  # torch's recurrent layers have none
            fix = (
                f"nn.{layer.kind}Cell step by step, its state dropped by one mask a sequence: "
                f"F.dropout(torch.ones_like(h), {rate:g}, self.training)"
            )
        return Hypothesis("layer-missing", says, fix, ())
    names = ", ".join(step.name for step in subject.match.torch)
    says = f"the port draws in training ({names}), and Keras draws nothing there"
    return Hypothesis("layer-extra", says, f"leave out what draws in {names}", ())


def _finding(
    subject: DifferingInTraining,
    before: Left,
    results: list[tuple[Hypothesis, Left]],
    tried: list[Tried],
) -> Finding:
    causes, last = [], before
    for hypothesis, left in results:
        found = cause(hypothesis.cause, hypothesis.says, hypothesis.fix, last, left)
        causes.append(replace(found, where=hypothesis.where(subject.match.torch)))
        last = left
    torch = " + ".join(step.name for step in subject.match.torch)
    return Finding(
        subject.layer.name, torch, "training", tuple(causes), before.gap, last.gap, tuple(tried)
    )
