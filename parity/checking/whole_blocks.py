"""A port that has one block less than Keras, or one more: found where the weights of one are all
that the other side has too few of, and proven by the port with it, or without it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from parity.checking import draws, mending, moving, output
from parity.checking.keras_answers import KerasAnswers
from parity.checking.options import Options
from parity.checking.own_time import OwnTime
from parity.diagnose import added, whole_blocks
from parity.errors import ModelError
from parity.gates import structure
from parity.mapping import activation_layouts, blocks, origins, returning
from parity.mapping import plan as planning
from parity.mapping.blocks import Block
from parity.mapping.plan import Plan
from parity.mapping.single_moves import size
from parity.records.budget import Budget
from parity.records.comparison import Alignment, Finding, Step
from parity.records.interventions import Change
from parity.sides.calls import TwoSides
from parity.sides.verbs import Models

MOST = 16  # blocks that are tried
SECONDS = 5.0
SEVERAL = 2  # layers with weights: one alone is found by its neighbours' values

Changes = tuple[Change, ...]


@dataclass(frozen=True)
class Found:
    """plan: with the places of all weights but the block's."""

    plan: Plan
    finding: Finding
    changes: Changes


def found(plan: Plan, sides: TwoSides, options: Options, budget: Budget) -> Found | None:
    """The block that one side has alone, if the port agrees with it done, or left out."""
    ours, theirs = structure.parameters(plan.keras, plan.torch, plan.ledger)
    ours += _of_the_graph(plan)
    is_open = plan.torch.error or plan.torch.short or options.is_loaded or plan.pair.has_twin_files
    if ours == theirs or is_open:
        return None
    side = plan.keras if ours > theirs else plan.torch
    clock, known = OwnTime(SECONDS), KerasAnswers()
    tried = 0
    for block in blocks.of_size(side, abs(ours - theirs)):
        if sum(bool(step.variables) for step in block.steps) < SEVERAL:
            continue
        tried += 1
        if tried > MOST or clock.is_spent or budget.is_spent:
            return None
        guess = _without(block, plan, sides, is_keras=ours > theirs)
        if guess is None or not moving.override(guess, sides):
            continue
        each = _done(block, guess, sides) if ours > theirs else _left_out(block, guess)
        for one in each:
            agrees = output.agree(draws.of(guess), guess, sides, known, one.changes)
            if agrees and mending.run(guess, sides, options, one.changes, _silent, budget).agrees:
                return one
    return None


def _of_the_graph(plan: Plan) -> int:
    """How many numbers the graph of Keras's holds that may be parameters of the port's, and have no
    place yet."""
    placed = {line.keras.name for line in plan.ledger.lines}
    left = [v for v in plan.keras.constants if v.name not in placed]
    sizes = [size(v) for v in plan.ledger.torch_left if v.trainable]
    return sum(size(v) for v in left if size(v) in sizes)


def _silent(what: str) -> None:
    """Nobody watches."""


def _without(block: Block, plan: Plan, sides: TwoSides, is_keras: bool) -> Plan | None:
    """The plan of both passes without a block, told by the steps as they are; None where weights
    are left, then, that have no place."""
    keras = block.left_out(plan.keras) if is_keras else plan.keras
    torch = plan.torch if is_keras else block.left_out(plan.torch)
    shapes = zip(plan.shown.layouts, (x.shape for x in plan.shown.keras.values()), strict=True)
    given = keras, torch, plan.overrides.layers, origins.kinds(dict(shapes))
    less = replace(plan, alignment=returning.aligned(*given), keras=keras, torch=torch)
    walked = {block.entry.name: block.exit.name}
    try:
        less = planning.related(less, sides, walked=walked if is_keras else planning.NO_NAMES)
    except (ModelError, KeyError):
        return None
    ledger = less.ledger
    if less.alignment.keras_left or ledger.keras_left or ledger.failures or ledger.unknown:
        return None
    if any(v.trainable for v in ledger.torch_left):
        return None
    own = {v.name: v for step in block.steps for v in step.variables}
    names = tuple(f"{step.name} ({step.kind})" for step in block.steps if step.variables)
    alignment = _as_they_are(less.alignment, plan)
    if is_keras:
        ledger = replace(ledger, keras_left=(*ledger.keras_left, *own.values()))
        alignment = replace(alignment, keras_left=names)
    else:
        ledger = replace(ledger, torch_left=(*ledger.torch_left, *own.values()))
        alignment = replace(alignment, torch_left=(*alignment.torch_left, *names))
    whole = replace(less, alignment=alignment, ledger=ledger, keras=plan.keras, torch=plan.torch)
    return whole


def _as_they_are(alignment: Alignment, plan: Plan) -> Alignment:
    """The matches of the steps as both passes have them."""
    ours = {step.name: step for step in plan.keras.steps}
    theirs = {step.name: step for step in plan.torch.steps}
    matches = tuple(
        replace(
            match,
            keras=ours[match.keras.name],
            torch=tuple(theirs[step.name] for step in match.torch),
            around=tuple(ours[step.name] for step in match.around),
        )
        for match in alignment.matches
    )
    return replace(alignment, matches=matches)


def _done(block: Block, plan: Plan, sides: TwoSides) -> Iterator[Found]:
    """Keras's block in the port, behind what answers the step in front of it."""
    match = _match(plan, block.entry.name)
    if match is None:
        return
    place = match[-1]
    names = [v.name for s in block.steps for v in s.variables if v.kind == "weight"]
    weights = sides.keras.call(Models.weights, plan.held, names)
    rank = len(block.entry.shape)
    usual = activation_layouts.fitting(block.entry.shape, place.shape)
    layouts = (*plan.fits.get(block.entry.name, ()), *usual)
    for axes in filter(None, dict.fromkeys(added.axes_of(layout, rank) for layout in layouts)):
        if changes := whole_blocks.done(block, place, axes, weights):
            yield Found(plan, whole_blocks.lacking(block, place), changes)


def _match(plan: Plan, name: str) -> tuple[Step, ...] | None:
    """The port's steps that answer those of Keras's which end with this one."""
    found = (x for x in plan.alignment.matches if x.keras_steps[-1].name == name and x.torch)
    match = next(found, None)
    return None if match is None or match.leaf else match.torch


def _left_out(block: Block, plan: Plan) -> Iterator[Found]:
    """The port's block out of it."""
    matches = (x for x in plan.alignment.matches if x.torch and x.torch[-1] == block.entry)
    keras = next((match.keras_steps[-1] for match in matches), plan.keras.steps[0])
    changes = tuple(whole_blocks.left_out(block, plan.torch))
    yield Found(plan, whole_blocks.exceeding(block, keras), changes)
