"""A port that has one block less than Keras, or one more: found where the weights of one are all
that the other side has too few of, and proven by the port with it, or without it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

from parity.checking import draws, learned, masks, mending, moving, output
from parity.checking.forward import Compared
from parity.checking.keras_answers import KerasAnswers
from parity.checking.options import Options
from parity.checking.own_time import OwnTime
from parity.diagnose import added, whole_blocks
from parity.diagnose.search import Explained, Proof
from parity.errors import ModelError
from parity.gates import structure
from parity.mapping import activation_layouts, blocks, origins, returning
from parity.mapping import plan as planning
from parity.mapping.blocks import Block, LastLayers
from parity.mapping.layout_moves import AS_IT_IS
from parity.mapping.plan import Plan
from parity.mapping.single_moves import size
from parity.mapping.stacks import RECURRENT
from parity.records.budget import Budget
from parity.records.comparison import Alignment, Finding, Step
from parity.records.interventions import Change
from parity.sides.calls import TwoSides
from parity.sides.verbs import Models

MOST = 16  # blocks that are tried
SECONDS = 5.0
FIRST, NEAREST = 2, 1  # that are tried where something else differs, too
SEVERAL = 2  # layers with weights: one alone is found by its neighbours' values

Changes = tuple[Change, ...]


@dataclass(frozen=True)
class Found:
    """plan: with the places of all weights but the block's; cut: the layers in front of it that
    the port has cut to their last step."""

    plan: Plan
    finding: Finding
    changes: Changes
    cut: tuple[str, ...] = ()

    def beside(self, compared: Compared) -> Compared:
        """What was found of the layers, with this; without what was found of one that gives its
        last step in the place of the block."""
        (cause,) = self.finding.causes
        why = Explained((self.finding,), AS_IT_IS, (Proof(cause, self.changes),), (self.finding,))
        others = {name: one for name, one in compared.why.items() if name not in self.cut}
        there = others.get(self.finding.keras)
        why = why.beside(there) if there is not None and there.proofs else why
        return replace(compared, why={**others, self.finding.keras: why})


def found(plan: Plan, sides: TwoSides, options: Options, budget: Budget) -> Found | None:
    """The block that one side has alone, if the port agrees with it done, or left out."""
    known = KerasAnswers()
    for one in _possible(plan, sides, options, budget):
        agrees = output.agree(draws.of(one.plan), one.plan, sides, known, one.changes)
        ask = one.plan, sides, options, one.changes, _silent, budget
        if agrees and mending.run(*ask).agrees:
            return one
    return None


def beside_others(plan: Plan, sides: TwoSides, options: Options, budget: Budget) -> list[Found]:
    """The same blocks, if something else differs, too: the first, and those with which the port
    comes nearest."""
    known = KerasAnswers()
    found = list(_possible(plan, sides, options, budget))
    gaps = [output.gap(draws.of(x.plan), x.plan, sides, known, x.changes) for x in found[FIRST:]]
    moving.override(plan, sides)  # which the sides held
    nearest = sorted(range(len(gaps)), key=gaps.__getitem__)[:NEAREST]
    return [*found[:FIRST], *(found[FIRST + number] for number in nearest)]


def _possible(plan: Plan, sides: TwoSides, options: Options, budget: Budget) -> Iterator[Found]:
    """Each block of the size of all that one side has too much, which the sides hold as it is
    then."""
    ours, theirs = structure.parameters(plan.keras, plan.torch, plan.ledger)
    ours += _of_the_graph(plan)
    is_open = plan.torch.error or plan.torch.short or options.is_loaded or plan.pair.has_twin_files
    if ours == theirs or is_open:
        return
    yield from (Found(*one) for one in learned.lacking(plan, sides))
    side = plan.keras if ours > theirs else plan.torch
    clock, tried = OwnTime(SECONDS), 0
    stacked = blocks.last_layers(side, theirs - ours) if theirs > ours else ()
    for block in chain(stacked, blocks.of_size(side, abs(ours - theirs))):
        is_recurrent = block.exit.kind in RECURRENT or isinstance(block, LastLayers)
        if sum(bool(step.variables) for step in block.steps) < SEVERAL and not is_recurrent:
            continue
        tried += 1
        if tried > MOST or clock.is_spent or budget.is_spent:
            return
        guess = _without(block, plan, sides, is_keras=ours > theirs)
        if guess is None or not moving.override(guess, sides):
            continue
        yield from _done(block, guess, sides) if ours > theirs else _left_out(block, guess)


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
    names = [v.name for s in block.steps for v in s.variables if v.kind == "weight"]
    weights = sides.keras.call(Models.weights, plan.held, names)
    stack = next((step for step in match if step.kind in whole_blocks.STACKS), None)
    if stack is not None and all(step.kind in RECURRENT for step in block.steps):
        changes = whole_blocks.done_in_a_stack(block, stack, weights)
        is_cut = block.entry.shape != block.exit.shape
        ahead = [x for x in plan.alignment.matches if x.keras_steps[-1].name == block.entry.name]
        cut = tuple(match.keras.name for match in ahead) if is_cut else ()
        yield Found(plan, whole_blocks.lacking(block, stack), changes, cut)
        return
    place = match[-1]
    rank = len(block.entry.shape)
    usual = activation_layouts.fitting(block.entry.shape, place.shape)
    layouts = (*plan.fits.get(block.entry.name, ()), *usual)
    found = masks.upstream(plan, block.steps)
    for axes in filter(None, dict.fromkeys(added.axes_of(layout, rank) for layout in layouts)):
        for changes in whole_blocks.done(block, place, axes, weights, found):
            yield Found(plan, whole_blocks.lacking(block, place), changes)


def _match(plan: Plan, name: str) -> tuple[Step, ...] | None:
    """The port's steps that answer those of Keras's which end with this one."""
    found = (x for x in plan.alignment.matches if x.keras_steps[-1].name == name and x.torch)
    match = next(found, None)
    return None if match is None or match.leaf else match.torch


def _left_out(block: Block, plan: Plan) -> Iterator[Found]:
    """The port's block out of it."""
    if isinstance(block, LastLayers):
        finding = whole_blocks.exceeding_stack(block, plan.keras)
        yield Found(plan, finding, (whole_blocks.shallower(block),))
        return
    matches = (x for x in plan.alignment.matches if x.torch and x.torch[-1] == block.entry)
    keras = next((match.keras_steps[-1] for match in matches), plan.keras.steps[0])
    changes = tuple(whole_blocks.left_out(block, plan.torch))
    yield Found(plan, whole_blocks.exceeding(block, keras), changes)
