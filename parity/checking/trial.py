"""Weights placed on trial, where no placement makes both models agree: another fault may be why."""

from collections.abc import Iterator
from dataclasses import replace

from parity.checking import agreeing, moving
from parity.checking.options import Options
from parity.mapping import guesses
from parity.mapping import plan as planning
from parity.mapping.plan import Plan
from parity.records.comparison import Ledger, Step, Trace
from parity.sides.calls import TwoSides


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
