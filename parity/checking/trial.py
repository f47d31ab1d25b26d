"""Weights placed on trial, where no placement makes both models agree: another fault may be why."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from math import prod

from parity.checking import agreeing, moving
from parity.checking.options import Options
from parity.checking.own_time import OwnTime
from parity.errors import ModelError
from parity.gates import forward, segment_values
from parity.mapping import guesses, names
from parity.mapping import plan as planning
from parity.mapping.flow import Flow
from parity.mapping.own_layers import is_known
from parity.mapping.plan import Plan
from parity.numerics.noise import LIMIT
from parity.records.comparison import Ledger, Step, Trace
from parity.sides.calls import TwoSides

SECONDS = 20.0  # in which further placements are put on trial
MOST = 200  # weights, of which each two are looked at


def plans(one: Plan, sides: TwoSides, options: Options) -> Iterator[Plan]:
    """The plans with what is left placed so that most layers agree: first those in which most is
    called the same, then the one in which both come nearest, as what is wrong inside a layer may
    bring any near.

    They are proven where both models agree once causes are mended, too. A layer that no step
    answered, or none that uses its weights, is answered by those that do.
    """
    ledgers = sorted(
        agreeing.nearest(one, sides, options),
        key=lambda x: (_left(x), _strangers(x), _crossings(x, one), _interleaved(x)),
    )
    found = [(_agreeing(guess, sides), guess) for x in ledgers for guess in [_with(one, x, sides)]]
    most = max((count for count, _ in found), default=0)
    seen: list[set[tuple[str, str, str, str]]] = []
    for guess in OwnTime(SECONDS).lasting([guess for count, guess in found if count == most]):
        lines = guess.ledger.lines
        parts = [f"{x.torch_part} {x.keras_part} {x.keras_at}" for x in lines]
        called = ((x.keras.name, x.torch.name, x.move.name) for x in lines)
        places = {(*each, part) for each, part in zip(called, parts, strict=True)}
        if places not in seen:
            seen.append(places)
            planning.compare(guess.pair, sides, guess.shown, guess.overrides)
            moving.override(guess, sides)
            yield guess


def _left(ledger: Ledger) -> int:
    """How many of the port's weights have nothing of Keras's, as where two of Keras's share one."""
    return sum(v.kind == "weight" and v.trainable for v in ledger.torch_left)


def _strangers(ledger: Ledger) -> int:
    """How many weights are called otherwise than what they are placed in."""
    placed = (line for line in ledger.lines if line.by == guesses.BY)
    return sum(names.own(x.keras.name, "/") != names.own(x.torch.name, ".") for x in placed)


def _interleaved(ledger: Ledger) -> int:
    """How many weights stand in pieces between those of others."""
    parts = [part for x in ledger.lines for part in (x.torch_part, x.keras_part)]
    return sum(part is not None and bool(part.period) for part in parts)


def _crossings(ledger: Ledger, one: Plan) -> int:
    """How many pairs of weights, of two layers, stand in another order than in Keras's model."""
    ours, theirs = (
        {v.name: n for n, v in enumerate(trace.variables)} for trace in (one.keras, one.torch)
    )
    lines = [line for line in ledger.lines if line.by == guesses.BY]
    places = sorted(
        (ours.get(x.keras.name, 0), theirs.get(x.torch.name, 0), x.keras.name.rpartition("/")[0])
        for x in lines
    )
    pairs = combinations(places[:MOST], 2)
    return sum(first[1] > second[1] and first[2] != second[2] for first, second in pairs)


def _with(one: Plan, ledger: Ledger, sides: TwoSides) -> Plan:
    """The plan with these places."""
    answers = dict(_answers(one, ledger))
    overrides = replace(one.overrides, layers=answers | one.overrides.layers)
    one = planning.compare(one.pair, sides, one.shown, overrides)
    guess = replace(one, ledger=replace(ledger, tried=0, snippet=""))
    moving.override(guess, sides)  # as far as the port can hold them
    return guess


def _agreeing(guess: Plan, sides: TwoSides) -> int:
    """How many layers agree, each fed with Keras's own values."""
    count = 0
    with contextlib.suppress(ModelError):  # one of the models cannot be run further
        for met in segment_values.along(guess, sides, dict(guess.fits)):
            count += (forward.line(met.evidence["float64"]).isolated_ratio or 0.0) <= LIMIT
    return count


def _answers(one: Plan, ledger: Ledger) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The torch steps that use the weights of each Keras layer which those that answer it do not
    all use; and of each that shares a tensor with it."""
    matches = {match.keras.name: match.torch for match in one.alignment.matches}
    places: dict[str, set[str]] = {}
    for line in ledger.lines:
        places.setdefault(line.keras.name, set()).add(line.torch.name)
    guessed = {line.keras.name for line in ledger.lines if line.by == guesses.BY}
    tensors: dict[str, set[str]] = {}
    for layer in one.keras.steps:
        held = [places.get(v.name) for v in layer.variables if v.kind == "weight"]
        if any(held):
            tensors[layer.name] = set().union(*filter(None, held))
    lacking = {
        layer.name
        for layer in one.keras.steps
        if layer.name in tensors
        and any(v.name in guessed for v in layer.variables)
        and not tensors[layer.name] <= set().union(*map(tensors_of, matches.get(layer.name, ())))
    }
    moved = set().union(*(tensors[name] for name in lacking))
    layers = {layer.name: layer for layer in one.keras.steps}
    found: dict[tuple[str, ...], list[str]] = {}
    gated: set[str] = set()
    for merging, both, steps in _gated(one, {n: own for n, own in tensors.items() if own & moved}):
        gated |= both
        yield merging, steps
    for name, own in tensors.items():
        if own & moved and name not in gated:
            users = [step.name for step in _users(one.torch, own)]
            answering = [step.name for step in matches.get(name, ())[-1:]]
            met = answering or _meeting(one.torch, users, layers[name])
            found.setdefault(tuple(dict.fromkeys((*users, *met))), []).append(name)
    flow = Flow(one.keras.steps)
    for steps, several in found.items():  # one step may answer a layer and those that lead to it
        ahead = flow.living({several[-1]}) - {several[-1]}
        yield from ((name, steps) for name in several if name not in ahead)


def _gated(
    one: Plan, tensors: Mapping[str, set[str]]
) -> Iterator[tuple[str, set[str], tuple[str, ...]]]:
    """The Keras layer that joins two layers which share a tensor, and the port's steps that do what
    all three do, where a gated unit takes what they make of it."""
    flow = Flow(one.torch.steps)
    for first, second in combinations(tensors, 2):
        users = _users(one.torch, tensors[first]) if tensors[first] == tensors[second] else []
        behind = flow.consumers(users[-1]) if len(users) == 1 else []
        if [step.kind for step in behind] not in (["glu"], ["GLU"]):
            continue
        for layer in one.keras.steps:
            if {first, second} <= {name.partition(":")[0] for name in layer.inputs}:
                yield layer.name, {first, second}, (users[0].name, behind[0].name)
                break


def _meeting(torch: Trace, users: Sequence[str], layer: Step) -> list[str]:
    """The first step that all ways lead through from these steps to the results: what a layer gives
    that parts its values and joins them again; of a person's own layer, which may do more behind
    its weights, the first that gives as many values, not in parts, if one does. None where there is
    none."""
    flow = Flow(torch.steps)
    found, waiting = set[str](), set(users)
    open_: dict[str, int] = {name.partition(":")[0]: 1 for name in torch.results}
    met: list[Step] = []
    for step in torch.steps:
        taken = flow.producers(step) & found
        if step.name not in waiting and not taken:
            continue
        found.add(step.name)
        waiting.discard(step.name)
        open_[step.name] = open_.get(step.name, 0) + len(flow.consumers(step))
        for name in taken:
            open_[name] -= 1
        if not waiting and not any(open_[name] for name in found if name != step.name):
            met.append(step)
    is_own = not is_known(layer)
    parted = {name.partition(":")[0] for step in torch.steps for name in step.inputs if ":" in name}
    whole = [step for step in met if is_own and step.name not in parted]
    fitting = [step for step in whole if prod(step.shape) == prod(layer.shape)]
    return [step.name for step in (*fitting, *met)[:1]]


def _users(torch: Trace, names: set[str]) -> list[Step]:
    """The steps that own these tensors; and those that take what is made of them alone."""
    found: list[Step] = []
    alone: set[str] = set()  # of weights alone, as a view of them
    for step in torch.steps:
        fed = {name.partition(":")[0] for name in step.inputs}
        if names & tensors_of(step) or fed & alone:
            found.append(step)
            if fed <= alone:
                alone.add(step.name)
    return found


def tensors_of(step: Step) -> set[str]:
    """The tensors that a step has, or is given."""
    return {*(v.name for v in step.variables), *step.given}
