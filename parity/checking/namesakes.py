"""Explain a difference by layers that stand in the place of each other's namesakes: with the
weights that belong to these places the port agrees."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from math import inf

from parity.checking import agreeing, moving
from parity.checking.options import Options
from parity.checking.output import Answered
from parity.checking.returning import Mistaken
from parity.diagnose.causes import CAUSES
from parity.mapping.namesakes import exchanges, uncrossed
from parity.mapping.plan import Plan
from parity.records.comparison import Cause, Finding
from parity.sides.calls import TwoSides

MOST = 8  # exchanges that are tried: each is a pass of the port
EXCHANGED = "layers-exchanged"
FIX = "call them in Keras's order, or let each have the name of the layer in whose place it stands"


def findings(plan: Plan, sides: TwoSides, options: Options, answers: Answered) -> Mistaken:
    """Nothing where the port's own weights are looked at, or no names say where they belong."""
    return _of(agreeing.crossed(plan, sides, options), plan, sides, options, answers)


def others(plan: Plan, sides: TwoSides, options: Options, answers: Answered) -> Mistaken:
    """The same of any two layers of the same shapes."""
    exchanged = islice(exchanges(plan.ledger.lines), MOST)
    plans = (replace(plan, ledger=replace(plan.ledger, lines=lines)) for lines in exchanged)
    return _of(plans, plan, sides, options, answers)


def _of(
    plans: Iterator[Plan], plan: Plan, sides: TwoSides, options: Options, answers: Answered
) -> Mistaken:
    if answers.differing is None or options.is_loaded:
        return Mistaken()
    other = agreeing.first(plans, sides, options)
    moving.override(plan, sides)
    if other is None:
        return Mistaken()
    lines = other.ledger.lines
    apart = [x for x, named in zip(lines, uncrossed(lines), strict=True) if x is not named]
    ours = dict.fromkeys(_owner(line.keras.name, "/") for line in apart)
    theirs = dict.fromkeys(_owner(line.torch.name, ".") for line in apart)
    says = (
        f"with the weights of {', '.join(ours)} in {', '.join(theirs)} the port agrees, "
        "whose names say otherwise"
    )
    cause = Cause(EXCHANGED, CAUSES[EXCHANGED].says, says, FIX, CAUSES[EXCHANGED].entry, 1.0)
    gates = answers.gates(options.dtypes)
    before = max((x.max_abs for gate in gates for x in gate.layers if x.max_abs), default=inf)
    found = Finding(", ".join(ours), ", ".join(theirs), "output", (cause,), before, 0.0)
    return Mistaken((found,), is_run=True)


def _owner(name: str, mark: str) -> str:
    """The layer of a variable; of a model's own, the variable."""
    return name.rpartition(mark)[0] or name
