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
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np

from parity.mapping import attention_order, names, orders, own_layers, stacks, states
from parity.mapping.orders import Scores
from parity.mapping.rules import registry
from parity.mapping.rules.operations import ACTIVATIONS, ALSO, KERAS, TORCH
from parity.mapping.segments import segments
from parity.records import axis_order
from parity.records.comparison import Alignment, Step, Trace

Mapped = Mapping[str, Sequence[str]]  # Keras layer -> torch steps or module paths

# An operation may be answered by another of its family: a wrong one, which values then tell.
FAMILIES = (
    {*ACTIVATIONS.values(), "clip"},
    {"max_pool", "avg_pool"},
    {"global_avg_pool", "global_max_pool", "sum"},
    {"batch_norm", "layer_norm", "group_norm", "rms_norm", "unit_norm", "instance_norm"},
    {"add", "subtract", "multiply", "divide", "average", "maximum", "minimum", "concatenate"},
    {"simple_rnn", "lstm", "gru"},
    {"conv", "conv_transpose"},
    {"pad", "crop"},
    {"dropout", "spatial_dropout", "alpha_dropout", "gaussian_dropout", "gaussian_noise"},
)
MERGES = FAMILIES[4]
# A port may write attention out. It is found by its last projection, which follows the core.
COMPOSED = {"multi_head_attention"}
ATTENTION, IDENTITY, PERMUTE = "attention", "identity", "permute"
CORES = {ATTENTION, "softmax"}
# Whose kernel is one tensor on both sides.
COUNTED = {"dense", "conv", "conv_transpose", "embedding"}
FUSING = ("dense", "conv", "conv_transpose")  # whose `activation` is applied to the output
EQUAL, EQUIVALENT, FAMILY, MAPPED = 100, 70, 40, 10_000
EQUAL_WEIGHTS, NO_WEIGHTS, OTHER_WEIGHTS = 30, -30, -70
EQUAL_NAME, LIKE_NAME = 8, 4
EQUAL_SHAPE, SAME_AXES, OTHER_ARITY = 6, 1, -35
AFTER_CORE = 20
RESHAPED, OTHER_SIZE = {"expand_dims", "squeeze"}, -35  # whose elements stay as many
ALIKE = {f"{value}_like" for value in ("ones", "zeros", "full", "empty")}
ALIKE |= {f"new_{value}" for value in ("ones", "zeros", "full", "empty", "tensor")}


@dataclass(frozen=True)
class _Op:
    names: frozenset[str]  # what it computes; a torch call may be part of several operations
    step: Step
    part: str = ""  # of a Keras layer: its fused activation; of a torch step: where it stands
    is_inside: bool = False  # of attention, which the port may do in one

    @cached_property
    def weights(self) -> int:
        """How many numbers its weights hold."""
        shapes = (v.shape for v in self.step.variables if v.kind == "weight")
        return sum(int(np.prod(shape, dtype=int)) for shape in shapes)

    @cached_property
    def kernels(self) -> set[int]:
        """How many numbers each of its weights but the vectors holds."""
        shapes = (v.shape for v in self.step.variables if v.kind == "weight")
        return {int(np.prod(shape, dtype=int)) for shape in shapes if len(shape) > 1}

    @cached_property
    def size(self) -> int:
        """How many elements its result has."""
        return int(np.prod(self.step.shape, dtype=int))

    @cached_property
    def sizes(self) -> list[int]:
        """Of its result's axes, in whatever order they stand."""
        return sorted(self.step.shape)


def align(keras: Trace, torch: Trace, mapped: Mapped | None = None) -> Alignment:
    """Match the layers of a Keras trace with the steps of a torch trace.

    mapped: torch steps, by name or module path, for Keras layers; they win over everything else.
    """
    overrides = mapped or {}
    cores = attention_order.cores(keras)
    weights = {name for names in cores.values() for name in names}
    steps = attention_order.in_order(keras)
    ours = [
        op for step in steps for op in _keras_ops(step, step.name in cores, step.name in weights)
    ]
    theirs = _torch_ops(torch)
    order, chosen = orders.matched(_scores(ours, theirs, overrides), _as_keras_gives(keras, torch))
    answers: dict[str, list[Step]] = {}
    for op, place in zip(ours, chosen, strict=True):
        if place is not None:
            answers.setdefault(op.step.name, []).append(torch.steps[place])
    _scaled(answers, torch)
    _wish(answers, torch, overrides)
    _crossing(ours, [theirs[place] for place in order], answers, overrides)
    _activated(ours, theirs, answers)
    answers, inner = stacks.joined(keras, stacks.stepped(torch, answers))
    answers, inner = own_layers.answered(keras, torch, answers, inner, _are_equal)
    return states.compared(segments(keras, torch, answers, inner), torch)


def _as_keras_gives(keras: Trace, torch: Trace) -> Trace:
    """The pass with its results in Keras's order, where both sides name them."""
    is_named = len(set(torch.keys)) == len(torch.results)
    if not is_named or set(torch.keys) != set(keras.keys):
        return torch
    given = dict(zip(torch.keys, torch.results, strict=True))
    return replace(torch, results=tuple(given[key] for key in keras.keys))


def keras_operations(step: Step) -> frozenset[str]:
    """What a Keras layer computes, in a word, or in the words of all its rules; its class where
    that is not known."""
    if step.kind == "Activation":
        return frozenset({ACTIVATIONS.get(step.activation or "linear", step.activation)})
    found = registry.RULES.get(step.kind, ())
    return frozenset(rule.operation for rule in found) or frozenset(
        {KERAS.get(step.kind, step.kind)}
    )


def torch_operations(kind: str) -> frozenset[str]:
    """All that a torch call of this kind may compute a part of."""
    found = {
        rule.operation for rules in registry.RULES.values() for rule in rules if kind in rule.torch
    }
    return frozenset(found | {TORCH.get(kind, kind)})


def _are_equal(keras: Step, torch: Step) -> bool:
    return _kinship(keras_operations(keras), torch_operations(torch.kind)) == EQUAL


def _keras_ops(step: Step, is_core: bool, is_inside: bool) -> list[_Op]:
    """is_core: is it the product that attention written out comes to; is_inside: the softmax?"""
    operations = keras_operations(step) | ({ATTENTION} if is_core else frozenset())
    ops = [_Op(operations, step, is_inside=is_inside)]
    if step.kind.startswith("Separable"):  # a depthwise convolution, and a pointwise one
        ops.append(_Op(operations, step, part="pointwise"))
    if step.activation and operations & set(FUSING):
        name = ACTIVATIONS.get(step.activation, step.activation)
        ops.append(_Op(frozenset({name}), step, part=name))
    return ops


def _torch_ops(torch: Trace) -> list[_Op]:
    behind, constant = _after_cores(torch), _constant(torch)
    cores = attention_order.cores(torch)

    def operations(step: Step) -> frozenset[str]:
        if step.name in constant:
            return frozenset()
        return torch_operations(step.kind) | ({ATTENTION} if step.name in cores else frozenset())

    return [
        _Op(operations(step), step, "after core" if step.name in behind else "")
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


def _scores(ours: list[_Op], theirs: list[_Op], overrides: Mapped) -> Scores:
    """How well each of ours, a row, is answered by each of theirs; 0 where not at all."""
    wished = {name for several in overrides.values() for name in several}
    named = [{op.step.name, op.step.path} - {""} for op in theirs]
    table = np.zeros((len(ours), len(theirs)), np.int64)
    for row, op in zip(table, ours, strict=True):
        mapped = overrides.get(op.step.name)
        if mapped is None:
            row[:] = [
                0 if called & wished else max(_score(op, other), 0)
                for called, other in zip(named, theirs, strict=True)
            ]
        elif not op.part:
            row[:] = [MAPPED if called & {*mapped} else 0 for called in named]
    _called_otherwise(table, ours, theirs)
    _packed(table, ours, theirs)
    return table


def _called_otherwise(table: Scores, ours: list[_Op], theirs: list[_Op]) -> None:
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


def _packed(table: Scores, ours: list[_Op], theirs: list[_Op]) -> None:
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


def _score(ours: _Op, theirs: _Op) -> int:
    score = _kinship(ours.names, theirs.names)
    if not score or (ours.is_inside and IDENTITY in theirs.names):
        return 0
    if not ours.part:
        score += _weights(ours, theirs) + _naming(ours.step, theirs.step)
    if ours.names & MERGES and len(ours.step.inputs) != len(theirs.step.inputs):
        score += OTHER_ARITY
    if ours.names & RESHAPED and not ours.names & theirs.names and ours.size != theirs.size:
        score += OTHER_SIZE
    if ours.names & COMPOSED and theirs.part:
        score += AFTER_CORE
    if (
        ours.step.shape == theirs.step.shape
    ):  # of two turns of the same axes, the one that is turned so
        score += SAME_AXES
    if _turn_alike(ours, theirs):
        score += SAME_AXES
    return score + (EQUAL_SHAPE if ours.sizes == theirs.sizes else 0)


def _turn_alike(ours: _Op, theirs: _Op) -> bool:
    """Do both turn axes, and in the same order?"""
    if PERMUTE not in ours.names & theirs.names:
        return False
    rank = len(theirs.step.shape)
    order = axis_order.of_torch(theirs.step.settings, rank)
    is_alike = order is not None and len(ours.step.shape) == rank
    return is_alike and axis_order.of(ours.step.settings, rank) == order


@cache
def _kinship(ours: frozenset[str], theirs: frozenset[str]) -> int:
    """How near two operations are; 0 for strangers."""
    also = {name for operation in ours for name in ALSO.get(operation, ())}
    if ours & theirs:
        return EQUAL
    if IDENTITY in theirs:  # a place left empty: what Keras does there may be done in front of it
        return 0
    if theirs & also:
        return EQUIVALENT
    return FAMILY if any(ours & family and theirs & family for family in FAMILIES) else 0


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


def _weights(ours: _Op, theirs: _Op) -> int:
    """Equal numbers of weights speak for two steps, kernels of other sizes against them; a step
    with none is no answer to one with."""
    if ours.weights == theirs.weights:
        return EQUAL_WEIGHTS if ours.weights else 0
    if not ours.weights or not theirs.weights:
        return NO_WEIGHTS
    are_counted = ours.names & theirs.names & COUNTED
    return OTHER_WEIGHTS if are_counted and not ours.kernels & theirs.kernels else 0


def _naming(ours: Step, theirs: Step) -> int:
    last = theirs.path.rpartition(".")[2]
    if ours.name in (last, theirs.path, theirs.path.replace(".", "_")):
        return EQUAL_NAME
    return LIKE_NAME if last and not last.isdecimal() and last in ours.name else 0


def _wish(answers: dict[str, list[Step]], torch: Trace, overrides: Mapped) -> None:
    """All steps of a person's own mapping, also those that are no operation's answer."""
    for layer, mapped in overrides.items():
        found = [s for s in torch.steps if s.name in mapped or (s.path and s.path in mapped)]
        answers.pop(layer, None)
        if found:  # none, where the pass broke off before
            answers[layer] = found


def _crossing(
    ours: list[_Op], theirs: list[_Op], answers: dict[str, list[Step]], overrides: Mapped
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
            chosen = max(fitting, key=lambda other: _score(op, other))
            answers[op.step.name] = [chosen.step]
            free.remove(chosen)


def _activated(ours: list[_Op], theirs: list[_Op], answers: dict[str, list[Step]]) -> None:
    """A layer's fused activation is what the step that answers the layer leads to. Branches that
    cross, and layers that no step answers, may have given it that of another."""
    activated = [op for op in ours if op.part in ACTIVATIONS.values() and op.step.name in answers]
    chosen = {steps[0].name for steps in answers.values()}
    free = {x.step.name: x.step for x in theirs if x.step.name not in chosen}
    is_open = any(op.weights and op.step.name not in answers for op in ours)
    apart: list[_Op] = []
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


def _nearest(op: _Op, first: Step, others: Sequence[Step], free: Mapping[str, Step]) -> Step | None:
    """What works on a layer's answer at once and is as like the activation as the one that was
    chosen, which stands behind further weights."""
    plain = {step.name: step for step in free.values() if not step.variables}
    if len(others) != 1 or _follows(others[0], first.name, plain):
        return None
    kin = _kinship(op.names, torch_operations(others[0].kind))
    fed = (step for step in plain.values() if _owners(step) == {first.name})
    alike = (step for step in fed if _kinship(op.names, torch_operations(step.kind)) >= kin > 0)
    return next(alike, None)


def _may_activate(op: _Op, step: Step) -> bool:
    return not step.variables and _kinship(op.names, torch_operations(step.kind)) > 0


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


def _fits(ours: _Op, theirs: _Op, answers: dict[str, list[Step]]) -> bool:
    """An equal operation with equal weights, or without any and fed by what answers our input."""
    if _score(ours, theirs) < EQUAL:
        return False
    if any(v.kind == "weight" for v in ours.step.variables):
        return _weights(ours, theirs) == EQUAL_WEIGHTS
    fed = {step.name for name in ours.step.inputs for step in answers.get(name, ())}
    return bool(fed & set(theirs.step.inputs))
