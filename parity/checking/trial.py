"""Weights placed on trial, where no placement makes both models agree: another fault may be why."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from parity.checking import agreeing, draws, moving, output, own_tensors, redrawn
from parity.checking.options import Options
from parity.mapping import guesses
from parity.mapping import plan as planning
from parity.mapping.plan import Plan, key
from parity.numerics.noise import LIMIT
from parity.records.comparison import LayerCheck, Ledger, LedgerLine, Step, Trace
from parity.sides.calls import TwoSides
from parity.sides.verbs import Models


def plan(one: Plan, sides: TwoSides, options: Options) -> Plan | None:
    """The plan with what is left placed so that both come nearest; None where it has no place.

    It is proven where both models agree once causes are mended, too. A layer that no step answered,
    or none that uses its weights, is answered by those that do.
    """
    ledger = agreeing.nearest(one, sides, options)
    if ledger is None:
        return None
    answers = dict(_answers(one, ledger))
    if answers:
        overrides = replace(one.overrides, layers=answers | one.overrides.layers)
        one = planning.compare(one.pair, sides, one.shown, overrides)
    guess = replace(one, ledger=replace(ledger, tried=0, snippet=""))
    return guess if moving.override(guess, sides) else None


def is_proven(one: Plan, sides: TwoSides, lines: Sequence[LayerCheck]) -> bool:
    """Are these placements right, whatever else differs? They are where all steps that use a tensor
    so placed give what Keras does; or where one sample agrees as a whole, and with other weights
    some sample does, too.

    lines: of the layers in float64.
    """
    placed = [line for line in one.ledger.lines if line.by == guesses.BY]
    spare = own_tensors.idle(one, sides)
    is_left = any(v not in spare for v in one.ledger.keras_left)
    if not placed or is_left or one.ledger.failures:
        return False
    ratios = {line.keras: line.isolated_ratio for line in lines}
    agreeing: dict[str, bool] = {}  # each tensor: do all rows that have it?
    for match in one.alignment.matches:
        ratio = ratios.get(match.keras.name)
        for name in {v.name for step in match.torch for v in step.variables}:
            is_alike = ratio is not None and ratio <= LIMIT
            agreeing[name] = agreeing.get(name, True) and is_alike
    if all(agreeing.get(line.torch.name) for line in placed) and _are_telling(placed, one, sides):
        return True
    return _agree_on_samples(one, sides)


def _are_telling(lines: Sequence[LedgerLine], one: Plan, sides: TwoSides) -> bool:
    """Has each of Keras's weights numbers that are not all one, as zeros are, and unlike those of
    the others?"""
    names = [line.keras.name for line in lines]
    held = sides.keras.call(Models.weights, key(one.pair, "float32"), names)
    return len({x.tobytes() for x in held.values()}) == len(held) and all(
        np.ptp(x) > 0 for x in held.values() if x.size
    )


def _agree_on_samples(one: Plan, sides: TwoSides) -> bool:
    if not redrawn.is_possible(one):
        return False
    for seed in (None, *draws.WEIGHTS):
        draw = replace(draws.of(one), weights=seed)
        with draws.weights_of(draw, one, sides) as is_held:
            if not (is_held and output.agree_on_a_sample(draw, one, sides)):
                return False
    return True


def _answers(one: Plan, ledger: Ledger) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The torch steps that use the weights of each Keras layer which none of them answered."""
    answering = {
        match.keras.name: {v.name for step in match.torch for v in step.variables}
        for match in one.alignment.matches
        if match.torch
    }
    places: dict[str, set[str]] = {}
    for line in ledger.lines:
        if line.by == guesses.BY:
            places.setdefault(line.keras.name, set()).add(line.torch.name)
    for layer in one.keras.steps:
        held = [places.get(v.name) for v in layer.variables if v.kind == "weight"]
        if held and all(held):
            names = {name for group in held if group for name in group}
            if names.isdisjoint(answering.get(layer.name, ())):
                yield layer.name, tuple(step.name for step in _users(one.torch, names))


def _users(torch: Trace, names: set[str]) -> list[Step]:
    """The steps that own these tensors; and those that take what is made of them alone."""
    found: list[Step] = []
    alone: set[str] = set()  # of weights alone, as a view of them
    for step in torch.steps:
        fed = {name.partition(":")[0] for name in step.inputs}
        if names & {v.name for v in step.variables} or fed & alone:
            found.append(step)
            if fed <= alone:
                alone.add(step.name)
    return found
