"""Other plans of a pair that differs, under which less may be wrong with its port.

What a plan supposes is a guess where shapes leave a choice: where weights go that no rule is for,
in which layout the port takes its inputs, and how its values stand to Keras's.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from parity.checking import models, trial, whole_blocks
from parity.checking.collected import Collected
from parity.checking.options import Options
from parity.checking.probe import Probe
from parity.mapping import plan as planning
from parity.mapping.layout_moves import AS_IT_IS
from parity.mapping.plan import Plan, as_torch
from parity.records.budget import Budget
from parity.records.comparison import Cause, Layout, LedgerLine
from parity.sides.calls import TwoSides

ORDERS = {"flatten-order", "feature-order"}
IN_A_STACK = {"rnn-last-step", "layer-missing"}  # the last of several recurrent layers
LAYER = 2  # tensors that one has
COMPARED = ("structure", "forward", "output")


@dataclass(frozen=True)
class Alternative:
    """says: what is tried; is_trial: are weights placed that had no place before? apart: the block
    that one side has alone."""

    plan: Plan
    says: str
    is_trial: bool = False
    apart: whole_blocks.Found | None = None

    def is_better(self, found: Collected, before: Collected) -> bool:
        """Does it take fewer causes, where some make the port agree now? before: what was found
        under the plan as it was."""
        is_first = (self.is_trial or bool(found.mended)) and not before.mended
        count, former = len(_causes(found)), len(_causes(before))
        return is_first or count < former or (self.apart is not None and count == former)


def of(
    plan: Plan,
    one: Plan,
    found: Collected,
    sides: TwoSides,
    options: Options,
    samples: Probe | None,
    budget: Budget,
) -> Iterator[Alternative]:
    """one: the plan with the layouts that values chose, under which this was found. Where none
    follows, the sides hold it still."""
    if plan.ledger.tried > 0 and not found.mended and not budget.is_spent:
        for placed in trial.plans(plan, sides, options):
            yield Alternative(placed, "weights placed on trial", is_trial=True)
    causes = {cause.cause for cause in _causes(found)}
    left = sum(v.trainable for v in plan.ledger.torch_left)
    is_more = "weights-extra" in causes and left > LAYER
    may_lack = not found.mended or causes >= IN_A_STACK or is_more
    if may_lack and not budget.is_spent:
        for apart in whole_blocks.beside_others(plan, sides, options, budget):
            yield Alternative(apart.plan, "without a block", apart=apart)
    if _may_be_turned(found) and not budget.is_spent:
        turned = next(models.others(plan, sides, options, samples, budget), None)
        if turned is not None:
            yield Alternative(turned, "inputs in another layout")
        else:
            planning.compare(one.pair, sides, one.shown, one.overrides)  # which the sides held
    number = len(_causes(found))
    if number > (1 if found.mended else 0) and not budget.is_spent:
        relaid = _relaid(one, sides)
        if relaid is not None:
            yield Alternative(relaid, "values in the layouts that they chose")
        plain = _plain(one, sides)
        if plain is not None:
            yield Alternative(plain, "all values in Keras's layout")


def is_settled(found: Collected) -> bool:
    """Does the port agree once it is mended, and not by features in another order, which those of a
    weight that was placed on trial may have?"""
    return bool(found.mended) and not ORDERS & {cause.cause for cause in _causes(found)}


def _may_be_turned(found: Collected) -> bool:
    """Are axes said to change places beside another fault, or does something differ for which
    nothing is found, or nothing that mends it? Then the port may take its inputs in another layout,
    which no output chose, as it differs in all of them."""
    causes = {cause.cause for cause in _causes(found)}
    if not causes:
        return any(gate.verdict == "differ" for gate in found.gates if gate.name in COMPARED)
    return found.mended is False or ("axis-order" in causes and len(causes) > 1)


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


def _plain(one: Plan, sides: TwoSides) -> Plan | None:
    """The plan in which axes of the same lengths are the same axes; None where they are that
    already, or where weights went by what both models returned.

    One step that turns axes wrongly may look right in another layout, and those behind it wrong.
    """
    if any(line.by for line in one.ledger.lines) or not any(
        layout.name != AS_IT_IS.name for layout in _of_equal_axes(one)
    ):
        return None
    layouts = dict.fromkeys(one.shown.layouts, AS_IT_IS)
    given = as_torch(one.shown.keras, one.shown.torch, list(layouts.values()))
    is_given = all(given[name].shape == own.shape for name, own in one.shown.torch.items())
    shown = replace(one.shown, torch=given, layouts=layouts) if is_given else one.shown
    found = planning.compare(one.pair, sides, shown, one.overrides, is_plain=True)
    if found.torch.error:
        planning.compare(one.pair, sides, one.shown, one.overrides)
        return None
    return found


def _of_equal_axes(one: Plan) -> Iterator[Layout]:
    """The layouts of values that have the same shape on both sides, of more axes than features."""
    for match in one.alignment.matches:
        ours, theirs = match.keras_steps[-1], match.torch[-1:]
        if len(ours.shape) > 2 and any(step.shape == ours.shape for step in theirs):
            yield one.layouts[ours.name]


def _place(line: LedgerLine) -> tuple[str, int | None, str]:
    return line.keras.name, line.keras_at, line.torch.name
