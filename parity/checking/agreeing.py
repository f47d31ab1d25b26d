"""Choose what shapes leave open by what both models return."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from math import inf

import numpy as np

from parity.checking import (
    draws,
    extra_weights,
    models,
    moving,
    output,
    own_constants,
    own_tensors,
    redrawn,
)
from parity.checking.keras_answers import KerasAnswers
from parity.checking.moving import Moved
from parity.checking.options import Options
from parity.checking.own_time import OwnTime
from parity.checking.probe import Probe
from parity.gates.returned_values import Run
from parity.mapping import derived, flattened, guesses, snippets
from parity.mapping import plan as planning
from parity.mapping.namesakes import are_crossed
from parity.mapping.plan import Plan, key
from parity.records.budget import Budget
from parity.records.comparison import Array, Ledger, LedgerLine
from parity.sides.calls import TwoSides
from parity.sides.verbs import Models

OTHERS = 8  # guesses that are tried once one agrees, to tell whether it is the only one
NEAREST, LIKELIEST = 3, 2  # guesses that are compared layer by layer, where none agrees
FAR = 10.0  # times as much between outputs: where one comes so much nearer, that tells enough
REORDERED = 4  # guesses that are tried with features in the port's order, too
SECONDS = 20.0  # in which guesses are tried
ZERO = "zeros, where Keras has nothing: it changes nothing until it is trained"


@dataclass(frozen=True)
class Known:
    """What both models returned while a plan was chosen, as it holds under that plan: `runs` of the
    first draw, none where they were others. moved: how the weights went that they were run with,
    where these are the plan's."""

    keras: KerasAnswers = field(default_factory=KerasAnswers)
    runs: tuple[Run, ...] = ()
    moved: Moved | None = None


def plan(
    likeliest: Plan, sides: TwoSides, options: Options, samples: Probe | None, budget: Budget
) -> tuple[Plan, Known]:
    """The plan under which both models return the same; the likeliest, where none does, with what
    can be pasted to place by hand what is left.

    Open may be in which layout the port takes its inputs, where axes are equally long, and through
    which of its arguments; and where weights go that no rule is for, or that a rule has packed in
    the usual order.
    """
    likeliest = own_constants.set_aside(likeliest, sides)
    shown = likeliest.shown.keras
    is_open = len(shown) > 1 or max(array.ndim for array in shown.values()) > 2
    ledgers = _guesses(likeliest, sides, options)
    is_open = is_open or bool(ledgers) or _is_left(likeliest)
    if likeliest.pair.has_twin_files or not is_open:
        return _without_zeros(likeliest, sides), Known()
    known = KerasAnswers()
    moved = moving.weights(likeliest, sides, options)
    if moved.is_held:
        draw = draws.in_a_row(likeliest, options)
        runs = output.run(draw, likeliest, sides, known)
        is_alike = output.agreed(runs[:1], draws.of(likeliest), likeliest, sides, known)
        if is_alike and (not ledgers or _is_whole(likeliest, sides)):
            chosen = _trained(_without_zeros(likeliest, sides), sides, options)
            is_same = chosen.ledger is likeliest.ledger
            return chosen, Known(known, tuple(runs), moved if is_same else None)
    return _other(likeliest, ledgers, sides, options, samples, budget, known), Known()


def _other(
    likeliest: Plan,
    ledgers: list[Ledger],
    sides: TwoSides,
    options: Options,
    samples: Probe | None,
    budget: Budget,
    known: KerasAnswers,
) -> Plan:
    """The plan, where it is not the likeliest as it is. ledgers: guesses under it; known: what
    Keras's model returned."""
    clock = OwnTime(SECONDS)
    others = models.others(likeliest, sides, options, samples, budget)
    constant = (own_constants.set_aside(other, sides) for other in others)
    for one in chain([likeliest], constant):
        known = known if one is likeliest else KerasAnswers()
        further = ledgers if one is likeliest else _guesses(one, sides, options)
        found = _guessed(one, further, sides, options, (budget, clock), known)
        if found is not None:
            return found
        # A guess leaves its weights behind: a plan that places fewer comes after those.
        if one is not likeliest and _agrees(one, sides, options, known):
            return _without_zeros(one, sides)
    again = planning.compare(likeliest.pair, sides, likeliest.shown, options.overrides)
    again = own_constants.set_aside(again, sides)
    beside = _beside_extra(again, ledgers, sides, clock)
    if beside is not None:
        return beside
    if derived.known(again.keras) != again.keras:
        overrides = replace(options.overrides, by_base=True)
        again = planning.compare(likeliest.pair, sides, likeliest.shown, overrides)
        again = own_constants.set_aside(again, sides)
    told = replace(
        again.ledger,
        tried=sum(_is_possible(ledger) for ledger in ledgers),
        snippet=snippets.of(again.ledger, again.keras, again.torch),
    )
    return _without_zeros(replace(again, ledger=told), sides)


def _beside_extra(one: Plan, ledgers: list[Ledger], sides: TwoSides, clock: Budget) -> Plan | None:
    """The first guess that has a place for all of Keras's weights, and under which both models
    agree once the parameters that the port has beside them are zero."""
    kept = _left(one, sides)
    for ledger in clock.lasting(ledgers):
        guess = replace(one, ledger=ledger)
        if ledger.keras_left or not redrawn.unplaced(guess):
            continue
        _put_back(kept, guess, sides)
        with extra_weights.at_zero(guess, sides):
            is_found = moving.override(guess, sides) and output.agree(draws.of(guess), guess, sides)
        if is_found:
            return guess
    return None


def nearest(one: Plan, sides: TwoSides, options: Options) -> list[Ledger]:
    """The ledgers with what is left placed under which the port's values are nearest to Keras's, at
    most NEAREST, and the LIKELIEST, but none FAR from them; none where there is no place."""
    found = list(filter(_is_possible, _guesses(one, sides, options)))
    if len(found) < 2:
        return found
    draw, clock = draws.of(one), OwnTime(SECONDS)
    known = KerasAnswers()
    gaps: list[float] = []
    kept = _left(one, sides)
    for ledger in clock.lasting(found):
        guess = replace(one, ledger=ledger)
        _put_back(kept, guess, sides)
        with extra_weights.at_zero(guess, sides):
            is_held = moving.override(guess, sides)
            gaps.append(output.gap(draw, guess, sides, known) if is_held else inf)
    _put_back(kept, one, sides)
    if not gaps:
        return found[:1]
    near = [place for place, gap in enumerate(gaps) if gap <= FAR * min(gaps)]
    order = sorted(near, key=lambda place: gaps[place])[:NEAREST]
    return [found[place] for place in dict.fromkeys((*order, *near[:LIKELIEST]))]


def crossed(one: Plan, sides: TwoSides, options: Options) -> Iterator[Plan]:
    """The plans that put layers in the place of each other's namesakes."""
    ledgers = [ledger for ledger in _all(one, sides, options) if are_crossed(ledger.lines)]
    if one.ledger.crossed:
        ledgers.insert(0, replace(one.ledger, lines=one.ledger.crossed))
    for ledger in ledgers[:OTHERS]:
        if not (ledger.keras_left or ledger.failures):
            yield replace(one, ledger=ledger)


def first(plans: Iterator[Plan], sides: TwoSides, options: Options) -> Plan | None:
    """The first under which both models return the same, with other weights, too."""
    known = KerasAnswers()
    for one in OwnTime(SECONDS).lasting(plans):
        if _agrees(one, sides, options, known) and _is_proven(one, sides):
            return one
    return None


def _guesses(one: Plan, sides: TwoSides, options: Options) -> list[Ledger]:
    """Names win over what makes both models agree."""
    return [ledger for ledger in _all(one, sides, options) if not are_crossed(ledger.lines)]


def _all(one: Plan, sides: TwoSides, options: Options) -> list[Ledger]:
    if options.is_loaded or one.pair.has_twin_files:
        return []
    idle = own_tensors.idle(one, sides)
    left = tuple(v for v in one.ledger.keras_left if v not in idle)
    without = replace(one.ledger, keras_left=left)
    found = [
        replace(ledger, keras_left=(*ledger.keras_left, *idle))
        for ledger in guesses.of(without, one.keras, one.torch)
    ]
    placed = [] if found or _is_left(one) else [one.ledger]
    ordered = (flattened.channels_first(x, one.keras) for x in (found or placed)[:REORDERED])
    return [*found, *(ledger for ledger in ordered if ledger is not None)]


def _is_whole(one: Plan, sides: TwoSides) -> bool:
    """Is it by this plan that both agree? The port may hold Keras's weights already, those without
    a place, too."""
    return not one.ledger.failures and _is_proven(one, sides)


def _is_left(likeliest: Plan) -> bool:
    return any(v.kind == "weight" for v in likeliest.ledger.keras_left)


def _agrees(one: Plan, sides: TwoSides, options: Options, known: KerasAnswers) -> bool:
    """known: what Keras's model returned under this plan, and returns now."""
    if not options.is_loaded and not moving.override(one, sides):
        return False
    return output.agree(draws.of(one), one, sides, known)


def _guessed(
    likeliest: Plan,
    ledgers: list[Ledger],
    sides: TwoSides,
    options: Options,
    clocks: tuple[Budget, ...],
    known: KerasAnswers,
) -> Plan | None:
    """The first guess under which both models agree, with other weights, too; how many of the next
    do so as well is said of it."""
    found: Plan | None = None
    others = 0
    last = len(ledgers)
    kept = _left(likeliest, sides)
    for number, ledger in enumerate(ledgers):
        if number > last or any(clock.is_spent for clock in clocks):
            break
        guess = replace(likeliest, ledger=ledger)
        _put_back(kept, guess, sides)
        if not (_agrees(guess, sides, options, known) and _is_proven(guess, sides)):
            continue
        if found is None:
            found, last = guess, number + OTHERS
        others += found is not guess
    _put_back(kept, likeliest if found is None else found, sides)
    if found is None:
        return None
    moving.override(found, sides)
    if others:
        told = f"{guesses.BY}, as {others} other placements would be"
        lines = tuple(_told(line, told) for line in found.ledger.lines)
        found = replace(found, ledger=replace(found.ledger, lines=lines))
    return _without_zeros(found, sides)


def _left(one: Plan, sides: TwoSides) -> dict[str, Array]:
    """What the port holds where no weight of Keras's has its place yet."""
    names = [v.name for v in one.ledger.torch_left]
    return sides.torch.call(Models.weights, key(one.pair, "float32"), names) if names else {}


def _put_back(kept: dict[str, Array], guess: Plan, sides: TwoSides) -> None:
    """Undo what another guess put where this one puts nothing: it may be a table of the port's."""
    used = {line.torch.name for line in guess.ledger.lines}
    moving.lend(guess, sides, {name: kept[name] for name in kept.keys() - used})


def _is_possible(ledger: Ledger) -> bool:
    """Does the port's pass use what weights are placed in?"""
    uncalled = set(ledger.uncalled)
    return not any(line.torch.name in uncalled for line in ledger.lines if line.by == guesses.BY)


def _told(line: LedgerLine, told: str) -> LedgerLine:
    return replace(line, by=told) if line.by == guesses.BY else line


def _trained(one: Plan, sides: TwoSides, options: Options) -> Plan:
    """The plan in which what a training alone reads has its place, too, as the discriminator of a
    model that returns what its generator makes."""
    ledger = None if one.pair.recipe is None or options.is_loaded else guesses.in_order(one.ledger)
    if ledger is None:
        return one
    guess = replace(one, ledger=ledger)
    if _agrees(guess, sides, options, KerasAnswers()):
        return guess
    moving.override(one, sides)
    return one


def _is_proven(guess: Plan, sides: TwoSides) -> bool:
    """Do both models agree with weights that were drawn anew, too?"""
    if not redrawn.is_possible(guess):
        return True
    for seed in draws.WEIGHTS:
        draw = replace(draws.of(guess), weights=seed)
        with draws.weights_of(draw, guess, sides) as is_held:
            if is_held and not output.agree(draw, guess, sides):
                return False
    return True


def _without_zeros(one: Plan, sides: TwoSides) -> Plan:
    """The plan in which biases of zeros that Keras has not are set aside, where it has its own."""
    if one.ledger.keras_left or one.ledger.failures:
        return one
    left = [v.name for v in one.ledger.torch_left if v.trainable and v.role.endswith("bias")]
    held = sides.torch.call(Models.weights, key(one.pair, "float32"), left) if left else {}
    zeros = {name for name, array in held.items() if not np.any(array)}
    if not zeros:
        return one
    ledger = replace(
        one.ledger,
        torch_left=tuple(v for v in one.ledger.torch_left if v.name not in zeros),
        set_aside=(*one.ledger.set_aside, *((name, ZERO) for name in sorted(zeros))),
    )
    return replace(one, ledger=ledger)
