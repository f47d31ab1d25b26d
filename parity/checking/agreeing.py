"""Choose what shapes leave open by what both models return."""

from dataclasses import replace
from itertools import chain

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

    Open may be in which layout the port takes its inputs, where axes are equally long, and through
    which of its arguments; and where weights go that no rule is for.
    """

    def agree(one: Plan) -> bool:
        if not options.is_loaded:
            moving.override(one, sides)
        return output.agree(one, sides)

    shown = likeliest.shown.keras
    has_guesses = not options.is_loaded and any(guesses.of(likeliest.ledger))
    is_open = len(shown) > 1 or max(array.ndim for array in shown.values()) > 2
    if likeliest.pair.recipe is not None or not (has_guesses or is_open):
        return likeliest
    if agree(likeliest):
        return likeliest
    for arranged in chain([likeliest], models.others(likeliest, sides, options, samples, budget)):
        placed = [] if options.is_loaded else list(guesses.of(arranged.ledger))
        # A guess leaves its weights behind: a plan that places fewer comes after those.
        for ledger in [*placed, arranged.ledger]:
            guess = replace(arranged, ledger=ledger)
            if budget.is_spent:
                break
            if agree(guess):
                return guess
    return planning.compare(likeliest.pair, sides, likeliest.shown, options.overrides)
