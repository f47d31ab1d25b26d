"""Do all causes together explain it? The port is run whole with every one of them mended.

Its own code runs, with what the changes make of its steps, on every draw. Where it still returns
something else, its layers are compared under the changes: what shows only now is found, too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from parity.checking import (
    by_output,
    draws,
    extra_weights,
    forward,
    lending,
    moving,
    needed,
    output,
    unproven,
    whole,
)
from parity.checking.forward import Compared
from parity.checking.keras_answers import KerasAnswers
from parity.checking.options import Options
from parity.checking.output import Answered
from parity.checking.own_time import OwnTime
from parity.mapping.plan import DTYPES, Plan
from parity.numerics.noise import LIMIT
from parity.records.budget import Budget
from parity.records.interventions import Change, once
from parity.sides.calls import TwoSides

ROUNDS = 3  # of comparing what is left
SECONDS = 10.0  # in which what no layer shows is sought in what is returned
ON_TRIAL = 2.0  # in which it is under one of several placements of weights

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Mended:
    """What comes of it when all that was found is changed in the port at once.

    agrees    does the port return what Keras does, on every draw? None where nothing was changed
    changes   what was changed, by the names of the port's steps
    compared  the layers, with the causes of all rounds; where they are in vain, without those that
              rows alone suppose
    remains   how much is left, and where; "" where nothing is
    """

    agrees: bool | None
    changes: tuple[Change, ...]
    compared: Compared
    remains: str = ""


def mended(
    plan: Plan,
    sides: TwoSides,
    options: Options,
    compared: Compared,
    answers: Answered,
    progress: Progress,
    budget: Budget,
    is_lent: bool = False,
) -> Mended:
    """Change all that was found in the port, and run it; what it takes is kept.

    compared: on the draw of `answers` that differs. is_lent: does the port
    hold Keras's weights now, in place of its own, which were others? That is a change, too.
    """
    ask = sides, options, answers, progress, budget, is_lent
    found = _mended(plan, compared, *ask)
    if found.agrees or is_lent:
        return found
    agrees = _on(answers, plan, sides, compared, budget)
    as_one = partial(whole.of, answers=answers, plan=plan, sides=sides)
    # Weights in other places than theirs have causes that the output shows, too: one is believed.
    # Without a place for all of them nothing can make it agree.
    is_placed = any(line.by for line in plan.ledger.lines)
    is_open = plan.ledger.tried > 0 or (is_placed and bool(_changes(needed.sure(compared))))
    clock = OwnTime(ON_TRIAL if is_placed else SECONDS)
    ask_whole = compared, plan, agrees, as_one, clock
    shown = None if is_open else by_output.shown(*ask_whole)
    if shown is not None and (mended := _mended(plan, shown, *ask)).agrees:
        return mended
    sure = unproven.without(compared, plan, agrees) if found.agrees is False else None
    return found if sure is None else _mended(plan, sure, *ask)


def _mended(
    plan: Plan,
    compared: Compared,
    sides: TwoSides,
    options: Options,
    answers: Answered,
    progress: Progress,
    budget: Budget,
    is_lent: bool,
) -> Mended:
    first, before = plan, Mended(None, (), compared)
    found = start = extra_weights.supposed(plan, compared)
    for _ in range(ROUNDS):
        changes = _changes(found)
        if not changes and not is_lent:
            return before
        plan = _under(changes, first, sides, options)
        agrees = _on(answers, plan, sides, found, budget)
        # Where nothing is rounded to float32 with all of them, nothing is with some.
        exactly = _on(answers, plan, sides, found, budget, may_leak=False)
        is_exact = exactly(changes)
        explains = is_exact or agrees(changes)
        if not is_lent and not explains and (fewer := needed.sufficient(found, agrees)):
            found, explains = fewer, True
        known, is_narrow = answers.known, bool(found.narrow)
        for one in _ways(found, exactly if is_exact else agrees) if explains else [found]:
            changes = _changes(one)
            ran = run(plan, sides, options, changes, progress, budget, is_narrow, known)
            if ran.agrees:
                return Mended(True, changes, _explained(one))
        if ran.agrees is None or ran.answers.differing is None:
            return before
        with draws.shown(ran.answers.differing, plan, sides, options, changes) as other:
            left = forward.compare_layers(other, sides, progress, budget)
        if found is start:  # what shows later is kept where all of it together explains it
            before = Mended(False, _changes(compared), compared, _remains(left) or ran.remains)
        if not _changes(left):
            return before
        found = _together(found, left)
    return before


def _ways(found: Compared, agrees: needed.Agrees) -> list[Compared]:
    """The causes that it takes on the draw that differs; all, as another draw may take more."""
    every = needed.mended(found)
    least = needed.needed(every, agrees)
    return [least] if _changes(least) == _changes(every) else [least, every]


def _on(
    answers: Answered,
    plan: Plan,
    sides: TwoSides,
    found: Compared,
    budget: Budget,
    may_leak: bool = True,
) -> Callable[[tuple[Change, ...]], bool]:
    """Does the port return the same on the draw that differs, under changes? Not where there is no
    time to see. may_leak: as of `output.agree`."""
    draw = answers.trial
    assert draw is not None

    def agrees(changes: tuple[Change, ...]) -> bool:
        if budget.is_spent:
            return False
        with draws.weights_of(draw, plan, sides):
            lent = lending.on(draw.keras, changes, plan, sides)
            known, is_narrow = answers.known, bool(found.narrow)
            return output.agree(draw, plan, sides, known, lent, is_narrow, may_leak)

    return agrees


@dataclass(frozen=True)
class Ran:
    """A run of the port under changes, on every draw. agrees: None where there was no time."""

    agrees: bool | None
    remains: str
    answers: Answered


def run(
    plan: Plan,
    sides: TwoSides,
    options: Options,
    changes: Sequence[Change],
    progress: Progress,
    budget: Budget,
    is_narrow: bool = False,
    known: KerasAnswers | None = None,
) -> Ran:
    """Does the port return what Keras does under these changes?

    is_narrow: is a layer known that Keras computes in float32? known: what it returned before.
    """
    answers = output.answered(plan, sides, options, progress, budget, changes, is_narrow, known)
    gates = answers.gates(DTYPES, is_narrow)
    if answers.differing is None and all(gate.verdict == "pass" for gate in gates):
        return Ran(True, "", answers)
    told = next((gate.note for gate in gates if gate.verdict != "pass"), "")
    is_cut = answers.cut or answers.differing is None
    return Ran(None if is_cut else False, f"the output remains another: {told}", answers)


def _under(changes: tuple[Change, ...], plan: Plan, sides: TwoSides, options: Options) -> Plan:
    """The plan of the port under changes, where more of its weights may find their place: it may
    run on to its end now. Walks stay on the port as it is."""
    ledger = plan.ledger
    lent = lending.names(changes)
    is_left = any(v.name not in lent for v in ledger.keras_left)
    if options.is_loaded or not (plan.torch.error or ledger.failures or is_left):
        return plan
    with draws.shown(draws.of(plan), plan, sides, options, changes) as other:
        moving.override(other, sides)
        return other


def _changes(found: Compared) -> tuple[Change, ...]:
    return once(why.changes for why in found.why.values())


def _explained(found: Compared) -> Compared:
    """With the causes whose changes made the port agree: these explain all else."""
    return replace(found, why={name: why.only(why.proofs) for name, why in found.why.items()})


def _together(first: Compared, other: Compared) -> Compared:
    """What was found at first, and under the changes that followed from it."""
    why = dict(first.why)
    for name, further in other.why.items():
        if name not in why or not why[name].changes:
            why[name] = further
        elif further.changes:
            why[name] = why[name].beside(further)
    return replace(first, why=why, narrow=(*first.narrow, *other.narrow))


def _remains(left: Compared) -> str:
    """What is left at the first layer that differs by itself under the changes; "" at none."""
    for line in left.lines["float64"]:
        if (line.isolated_ratio or 0.0) > LIMIT:
            return f"{line.isolated_max_abs or 0.0:.1e} remains at {line.keras}"
    return ""
