"""Other plans of a pair that differs, under which less may be wrong with its port.

What a plan supposes is a guess where shapes leave a choice: where weights go that no rule is for,
in which layout the port takes its inputs, and how its values stand to Keras's.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from parity.checking import models, trial
from parity.checking.collected import Collected
from parity.checking.options import Options
from parity.checking.probe import Probe
from parity.mapping import plan as planning
from parity.mapping.plan import Plan
from parity.records.budget import Budget
from parity.records.comparison import Cause, LedgerLine
from parity.sides.calls import TwoSides


@dataclass(frozen=True)
class Alternative:
    """says: what is tried; is_trial: are weights placed that had no place before?"""

    plan: Plan
    says: str
    is_trial: bool = False

    def is_better(self, found: Collected, before: Collected) -> bool:
        """Does it take fewer causes, where some make the port agree now? before: what was found
        under the plan as it was."""
        is_first = bool(found.mended) and not before.mended
        return self.is_trial or is_first or len(_causes(found)) < len(_causes(before))


def of(
    plan: Plan,
    one: Plan,
    found: Collected,
    sides: TwoSides,
    options: Options,
    samples: Probe | None,
    budget: Budget,
) -> Iterator[Alternative]:
    """one: the plan with the layouts that values chose, under which this was found."""
    if plan.ledger.tried > 0 and not found.mended and not budget.is_spent:
        placed = trial.plan(plan, sides, options)
        if placed is not None:
            yield Alternative(placed, "weights placed on trial", is_trial=True)
            return
    if _may_be_turned(found) and not budget.is_spent:
        turned = next(models.others(plan, sides, options, samples, budget), None)
        if turned is not None:
            yield Alternative(turned, "inputs in another layout")
    if len(_causes(found)) > 1 and not budget.is_spent:
        relaid = _relaid(one, sides)
        if relaid is not None:
            yield Alternative(relaid, "values in the layouts that they chose")


def _may_be_turned(found: Collected) -> bool:
    """Are axes said to change places beside another fault? Then the port may take its inputs in
    another layout, which no output chose, as it differs in all of them."""
    causes = {cause.cause for cause in _causes(found)}
    return "axis-order" in causes and len(causes) > 1


def _causes(found: Collected) -> list[Cause]:
    """Where none made the port agree, all that rows suppose."""
    findings = found.findings
    if not found.mended and found.compared is not None:
        findings = [finding for why in found.compared.why.values() for finding in why.findings]
    return [cause for finding in findings for cause in finding.causes]


def _relaid(one: Plan, sides: TwoSides) -> Plan | None:
    """The plan whose weights go where they belong behind the layouts that values chose; None where
    they go where they did.

    Where axes are equally long, what a step seems to do to them may be just what is wrong with it,
    and the order of features behind it follows from that.
    """
    again = planning.compare(one.pair, sides, one.shown, one.overrides, chosen=one.fits)
    moves = {_place(line): line.move for line in again.ledger.lines}
    lines = tuple(
        replace(line, move=moves.get(_place(line), line.move)) for line in one.ledger.lines
    )
    if [line.move.name for line in lines] == [line.move.name for line in one.ledger.lines]:
        return None
    return replace(one, fits=again.fits, ledger=replace(one.ledger, lines=lines))


def _place(line: LedgerLine) -> tuple[str, int | None, str]:
    return line.keras.name, line.keras_at, line.torch.name
