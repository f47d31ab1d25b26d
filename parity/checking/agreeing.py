"""Choose what shapes leave open by what both models return."""

from dataclasses import replace

from parity.checking import models, moving, output
from parity.checking.options import Options
from parity.checking.probe import Probe
from parity.mapping import guesses
from parity.mapping import plan as planning
from parity.mapping.plan import Plan
from parity.records.budget import Budget
from parity.sides.calls import TwoSides


def plan(
    likeliest: Plan, sides: TwoSides, options: Options, samples: Probe | None, budget: Budget
) -> Plan:
    """The plan under which both models return the same; the likeliest, where none does.

    Open may be in which layout the port takes its inputs, where axes are equally long; and where
    weights go that no rule is for.
    """

    def agree(one: Plan) -> bool:
        if not options.is_loaded:
            moving.override(one, sides)
        return output.agree(one, sides)

    ledgers = [] if options.is_loaded else list(guesses.of(likeliest.ledger))
    has_layouts = max(array.ndim for array in likeliest.shown.keras.values()) > 2
    if likeliest.pair.recipe is not None or not (ledgers or has_layouts):
        return likeliest
    if agree(likeliest):
        return likeliest
    for ledger in ledgers:
        guess = replace(likeliest, ledger=ledger)
        if not budget.is_spent and agree(guess):
            return guess
    for other in models.others(likeliest, sides, options, samples, budget):
        if agree(other):
            return other
    return planning.compare(likeliest.pair, sides, likeliest.shown, options.overrides)
