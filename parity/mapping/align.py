"""Which torch steps answer which Keras layer.

Both passes are graphs of operations. A Keras layer with a fused activation is two of them, and so
is a torch module with the function called on its output. Both graphs are laid out in the order of
their data (what comes first in a merging step's arguments comes first), so that the order in which
branches happen to be executed does not matter, and are aligned by dynamic programming: as many
equal operations as possible, sizes of weights, shapes and names as hints. A person's own mapping
decides before all of them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from parity.mapping import attention_order, names, orders, origins, own_layers, stacks, states
from parity.mapping.likeness import (
    ATTENTION,
    CORES,
    COUNTED,
    EQUAL,
    EQUAL_WEIGHTS,
    FUSING,
    MERGES,
    OTHER_WEIGHTS,
    Operation,
    are_equal,
    keras_operations,
    kinship,
    of_weights,
    score,
    torch_operations,
)
from parity.mapping.orders import Scores
from parity.mapping.origins import Kinds
from parity.mapping.rules.operations import ACTIVATIONS, TORCH
from parity.mapping.segments import segments
from parity.records.comparison import Alignment, Step, Trace

Mapped = Mapping[str, Sequence[str]]  # Keras layer -> torch steps or module paths
MAPPED = 10_000  # a score beyond all others
NO_KINDS: Kinds = {}
ALIKE = {f"{value}_like" for value in ("ones", "zeros", "full", "empty")}
ALIKE |= {f"new_{value}" for value in ("ones", "zeros", "full", "empty", "tensor")}


def align(
    keras: Trace, torch: Trace, mapped: Mapped | None = None, inputs: Kinds = NO_KINDS
) -> Alignment:
    """Match the layers of a Keras trace with the steps of a torch trace.

    mapped: torch steps, by name or module path, for Keras layers; they win over everything else.
    inputs: what these are, see `origins`.
    """
    overrides = mapped or {}
    cores = attention_order.cores(keras)
    weights = {name for names in cores.values() for name in names}
    steps = attention_order.in_order(keras)
    ours = [
        op for step in steps for op in _keras_ops(step, step.name in cores, step.name in weights)
    ]
    theirs = _torch_ops(torch)
    scores = _scores(ours, theirs, overrides)
    scores[_of_other_inputs(ours, theirs, (keras, torch), inputs) & (scores < MAPPED)] = 0
    order, chosen = orders.matched(scores, _as_keras_gives(keras, torch))
    answers: dict[str, list[Step]] = {}
    for op, place in zip(ours, chosen, strict=True):
        if place is not None:
            answers.setdefault(op.step.name, []).append(torch.steps[place])
    _scaled(answers, torch)
    _wish(answers, torch, overrides)
    _crossing(ours, [theirs[place] for place in order], answers, overrides)
    _activated(ours, theirs, answers)
    answers, inner = stacks.joined(keras, stacks.stepped(torch, answers))
    answers, inner = own_layers.answered(keras, torch, answers, inner, are_equal)
    return states.compared(segments(keras, torch, answers, inner), torch)


def _as_keras_gives(keras: Trace, torch: Trace) -> Trace:
    """The pass with its results in Keras's order, where both sides name them."""
    is_named = len(set(torch.keys)) == len(torch.results)
    if not is_named or set(torch.keys) != set(keras.keys):
        return torch
    given = dict(zip(torch.keys, torch.results, strict=True))
    return replace(torch, results=tuple(given[key] for key in keras.keys))


def _keras_ops(step: Step, is_core: bool, is_inside: bool) -> list[Operation]:
    """is_core: is it the product that attention written out comes to; is_inside: the softmax?"""
    operations = keras_operations(step) | ({ATTENTION} if is_core else frozenset())
    ops = [Operation(operations, step, is_inside=is_inside)]
    if step.kind.startswith("Separable"):  # a depthwise convolution, and a pointwise one
        ops.append(Operation(operations, step, part="pointwise"))
    if step.activation and operations & set(FUSING):
        name = ACTIVATIONS.get(step.activation, step.activation)
        ops.append(Operation(frozenset({name}), step, part=name))
    return ops


def _torch_ops(torch: Trace) -> list[Operation]:
    behind, constant = _after_cores(torch), _constant(torch)
    cores = attention_order.cores(torch)

    def operations(step: Step) -> frozenset[str]:
        if step.name in constant:
            return frozenset()
        return torch_operations(step.kind) | ({ATTENTION} if step.name in cores else frozenset())

    return [
        Operation(operations(step), step, "after core" if step.name in behind else "")
        for step in torch.steps
    ]


def _scaled(answers: dict[str, list[Step]], torch: Trace) -> None:
    """What works on a layer's answer and on such constants alone is part of the answer."""
    constant = _constant(torch)
    used = {step.name for steps in answers.values() for step in steps}
    for step in torch.steps:
        fed = {name.partition(":")[0] for name in step.inputs}
        if not constant & fed or step.name in constant | used:
            continue
        for steps in answers.values():
            if fed - constant == {steps[-1].name}:
                steps.append(step)


def _constant(torch: Trace) -> set[str]:
    """The steps that depend on nothing but the sizes of the data, as the pooling of ones does that
    counts what an average is of: no layer of Keras's answers them."""
    found: set[str] = set()
    for step in torch.steps:
        fed = {name.partition(":")[0] for name in step.inputs}
        if step.kind in ALIKE or (fed and fed <= found):
            found.add(step.name)
    return found


def _scores(ours: list[Operation], theirs: list[Operation], overrides: Mapped) -> Scores:
    """How well each of ours, a row, is answered by each of theirs; 0 where not at all."""
    wished = {name for several in overrides.values() for name in several}
    named = [{op.step.name, op.step.path} - {""} for op in theirs]
    table = np.zeros((len(ours), len(theirs)), np.int64)
    for row, op in zip(table, ours, strict=True):
        mapped = overrides.get(op.step.name)
        if mapped is None:
            row[:] = [
                0 if called & wished else max(score(op, other), 0)
                for called, other in zip(named, theirs, strict=True)
            ]
        elif not op.part:
            row[:] = [MAPPED if called & {*mapped} else 0 for called in named]
    _called_otherwise(table, ours, theirs)
    _packed(table, ours, theirs)
    return table


def _of_other_inputs(
    ours: list[Operation], theirs: list[Operation], traces: tuple[Trace, Trace], inputs: Kinds
) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Where one of ours depends on none of the inputs that one of theirs depends on; or joins
    values, and theirs prepares weights."""
    mine, other = (origins.of(trace.steps, inputs) for trace in traces)
    rows = [mine[op.step.name] for op in ours]
    columns = [other[op.step.name] for op in theirs]
    apart = [[bool(a and b and not a & b) for b in columns] for a in rows]
    found = np.array(apart, bool).reshape(len(rows), len(columns))
    without, prepared = (origins.alone(trace.steps) for trace in traces)
    joining = [bool(op.names & MERGES) and op.step.name not in without for op in ours]
    preparing = [op.step.name in prepared for op in theirs]
    return found | np.outer(np.array(joining, bool), np.array(preparing, bool))


def _called_otherwise(table: Scores, ours: list[Operation], theirs: list[Operation]) -> None:
    """No score for layers with equal weights that are called differently, where names tell them
    apart."""
    kinds: dict[tuple[frozenset[str], int], list[int]] = {}
    for row, op in enumerate(ours):
        if op.weights and not op.part:
            kinds.setdefault((op.names, op.weights), []).append(row)
    for (operations, weights), rows in kinds.items():
        columns = [
            n for n, op in enumerate(theirs) if op.weights == weights and op.names & operations
        ]
        called = [names.of_layer(theirs[n].step.path) for n in columns]
        for is_attribute in (True, False):
            steps = [ours[row].step for row in rows]
            mine = [names.of_layer(x.path if is_attribute else x.name) for x in steps]
            if shared := _shared(mine, called):
                are_apart = np.array(
                    [
                        [one != other and bool({one, other} & shared) for other in called]
                        for one in mine
                    ]
                )
                table[np.ix_(rows, columns)] *= ~are_apart
                break


def _packed(table: Scores, ours: list[Operation], theirs: list[Operation]) -> None:
    """A layer of the port's that holds as many numbers as several of Keras's which take the same
    value, as a gate and what it lets through, answers the first of them."""
    siblings: dict[tuple[frozenset[str], tuple[str, ...]], list[int]] = {}
    for row, op in enumerate(ours):
        if op.weights and not op.part and op.names & COUNTED:
            siblings.setdefault((op.names, op.step.inputs), []).append(row)
    for (operations, _), rows in siblings.items():
        together = sum(ours[row].weights for row in rows)
        for column, op in enumerate(theirs):
            is_packed = len(rows) > 1 and op.weights == together and op.names & operations
            if is_packed and 0 < table[rows[0], column] < MAPPED:
                table[rows[0], column] += EQUAL_WEIGHTS - OTHER_WEIGHTS


def _shared(mine: list[frozenset[str]], called: list[frozenset[str]]) -> set[frozenset[str]]:
    """The names that each side has as often, of as many layers; none where they tell nothing."""
    ours, theirs = Counter(mine), Counter(called)
    found = {name for name in ours if ours[name] == theirs[name]}
    if ours != theirs:  # a layer without a name may answer one that has one
        found.discard(frozenset())
    return found if len(found) > 1 and len(mine) == len(called) else set()


def _after_cores(torch: Trace) -> set[str]:
    """The steps with weights that work on what an attention's core gives."""
    behind: set[str] = set()
    found: set[str] = set()
    for step in torch.steps:
        fed = {name.partition(":")[0] for name in step.inputs} & behind
        if TORCH.get(step.kind) in CORES or (fed and not step.variables):
            behind.add(step.name)
        elif fed:
            found.add(step.name)
    return found


def _wish(answers: dict[str, list[Step]], torch: Trace, overrides: Mapped) -> None:
    """All steps of a person's own mapping, also those that are no operation's answer."""
    for layer, mapped in overrides.items():
        found = [s for s in torch.steps if s.name in mapped or (s.path and s.path in mapped)]
        answers.pop(layer, None)
        if found:  # none, where the pass broke off before
            answers[layer] = found


def _crossing(
    ours: list[Operation],
    theirs: list[Operation],
    answers: dict[str, list[Step]],
    overrides: Mapped,
) -> None:
    """Answer what is left on both sides by equal operations, in whatever order they stand.

    Branches that the two sides join in another order cross; an alignment in order misses one.
    """
    used = {step.name for steps in answers.values() for step in steps}
    free = [op for op in theirs if op.step.name not in used]
    for op in ours:
        if op.part or op.step.name in answers or op.step.name in overrides:
            continue
        fitting = [other for other in free if _fits(op, other, answers)]
        if fitting:
            chosen = max(fitting, key=lambda other: score(op, other))
            answers[op.step.name] = [chosen.step]
            free.remove(chosen)


def _activated(
    ours: list[Operation], theirs: list[Operation], answers: dict[str, list[Step]]
) -> None:
    """A layer's fused activation is what the step that answers the layer leads to. Branches that
    cross, and layers that no step answers, may have given it that of another."""
    activated = [op for op in ours if op.part in ACTIVATIONS.values() and op.step.name in answers]
    chosen = {steps[0].name for steps in answers.values()}
    free = {x.step.name: x.step for x in theirs if x.step.name not in chosen}
    is_open = any(op.weights and op.step.name not in answers for op in ours)
    apart: list[Operation] = []
    for op in activated:
        first, *others = answers[op.step.name]
        near = _nearest(op, first, others, free) if is_open else None
        if near is not None:
            others = answers[op.step.name][1:] = [near]
        wrong = [s for s in others if _may_activate(op, s) and not _follows(s, first.name, free)]
        answers[op.step.name] = [s for s in (first, *others) if s not in wrong]
        if len(answers[op.step.name]) == 1:
            apart.append(op)
    used = {step.name for steps in answers.values() for step in steps}
    for op in apart:
        (first,) = answers[op.step.name]
        left = (x.step for x in theirs if x.step.name not in used)
        fed = (step for step in left if _owners(step) == {first.name})
        found = next((step for step in fed if _may_activate(op, step)), None)
        if found is not None:
            answers[op.step.name].append(found)


def _nearest(
    op: Operation, first: Step, others: Sequence[Step], free: Mapping[str, Step]
) -> Step | None:
    """What works on a layer's answer at once and is as like the activation as the one that was
    chosen, which stands behind further weights."""
    plain = {step.name: step for step in free.values() if not step.variables}
    if len(others) != 1 or _follows(others[0], first.name, plain):
        return None
    kin = kinship(op.names, torch_operations(others[0].kind))
    fed = (step for step in plain.values() if _owners(step) == {first.name})
    alike = (step for step in fed if kinship(op.names, torch_operations(step.kind)) >= kin > 0)
    return next(alike, None)


def _may_activate(op: Operation, step: Step) -> bool:
    return not step.variables and kinship(op.names, torch_operations(step.kind)) > 0


def _follows(step: Step, first: str, free: Mapping[str, Step]) -> bool:
    """Does a step come from that one, by steps alone that answer no other layer?"""
    waiting, seen = [step], set[str]()
    while waiting:
        owners = _owners(waiting.pop())
        if first in owners:
            return True
        waiting += [free[name] for name in owners - seen if name in free]
        seen |= owners
    return False


def _owners(step: Step) -> set[str]:
    """The steps that one takes from."""
    return {name.partition(":")[0] for name in step.inputs}


def _fits(ours: Operation, theirs: Operation, answers: dict[str, list[Step]]) -> bool:
    """An equal operation with equal weights, or without any and fed by what answers our input."""
    if score(ours, theirs) < EQUAL:
        return False
    if any(v.kind == "weight" for v in ours.step.variables):
        return of_weights(ours, theirs) == EQUAL_WEIGHTS
    fed = {step.name for name in ours.step.inputs for step in answers.get(name, ())}
    return bool(fed & set(theirs.step.inputs))
