"""Which torch steps answer which Keras layer.

Both passes are graphs of operations. A Keras layer with a fused activation is two of them, and so
is a torch module with the function called on its output. Both graphs are laid out in the order of
their data (what comes first in a merging step's arguments comes first), so that the order in which
branches happen to be executed does not matter, and are aligned by dynamic programming: as many
equal operations as possible, sizes of weights, shapes and names as hints. A person's own mapping
decides before all of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from parity.mapping.rules import registry
from parity.mapping.rules.operations import ACTIVATIONS, ALSO, KERAS, TORCH
from parity.mapping.segments import segments
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
CORES = {"attention", "softmax"}
COMMUTATIVE = {"add", "multiply", "average", "maximum", "minimum"}
FUSING = ("dense", "conv", "conv_transpose")  # whose `activation` is applied to the output
EQUAL, EQUIVALENT, FAMILY, MAPPED = 100, 70, 40, 10_000
EQUAL_WEIGHTS, OTHER_WEIGHTS = 30, -30
EQUAL_NAME, LIKE_NAME = 8, 4
EQUAL_SHAPE, OTHER_ARITY = 6, -35
AFTER_CORE = 20


@dataclass(frozen=True)
class _Op:
    names: frozenset[str]  # what it computes; a torch call may be part of several operations
    step: Step
    part: str = ""  # of a Keras layer: its fused activation; of a torch step: where it stands


def align(keras: Trace, torch: Trace, mapped: Mapped | None = None) -> Alignment:
    """Match the layers of a Keras trace with the steps of a torch trace.

    mapped: torch steps, by name or module path, for Keras layers; they win over everything else.
    """
    overrides = mapped or {}
    ours = [op for step in keras.steps for op in _keras_ops(step)]
    theirs, places = _ordered(ours, torch, overrides)
    answers: dict[str, list[Step]] = {}
    for op, place in zip(ours, places, strict=True):
        if place is not None:
            answers.setdefault(op.step.name, []).append(theirs[place].step)
    _wish(answers, torch, overrides)
    _crossing(ours, theirs, answers, overrides)
    return segments(keras, torch, answers)


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


def _keras_ops(step: Step) -> list[_Op]:
    operations = keras_operations(step)
    ops = [_Op(operations, step)]
    if step.kind.startswith("Separable"):  # a depthwise convolution, and a pointwise one
        ops.append(_Op(operations, step, part="pointwise"))
    if step.activation and operations & set(FUSING):
        name = ACTIVATIONS.get(step.activation, step.activation)
        ops.append(_Op(frozenset({name}), step, part=name))
    return ops


def _ordered(
    ours: list[_Op], torch: Trace, overrides: Mapped
) -> tuple[list[_Op], list[int | None]]:
    """The torch steps in the order that matches most, and for each of ours its place in it.

    It is the order of the data, where the inputs of a sum may stand either way round; or that of
    execution, where this matches more.
    """
    cores = _after_cores(torch)
    theirs = {
        step.name: _Op(
            torch_operations(step.kind), step, "after core" if step.name in cores else ""
        )
        for step in torch.steps
    }
    table = _scores(ours, list(theirs.values()), overrides)
    columns = {name: number for number, name in enumerate(theirs)}

    def tried(order: list[str]) -> tuple[int, list[int | None]]:
        return _longest([[row[columns[name]] for name in order] for row in table])

    sums = [s.name for s in torch.steps if TORCH.get(s.kind) in COMMUTATIVE and len(s.inputs) > 1]
    order = list(theirs)
    best = tried(order)
    for start in (frozenset(sums), frozenset[str]()):  # as good or better: as the data flows
        turned, mine = start, _by_data(torch, start)
        found = tried(mine)
        for name in sums:
            other = _by_data(torch, turned ^ {name})
            again = tried(other) if other != mine else found
            if again[0] > found[0]:
                turned, mine, found = turned ^ {name}, other, again
        if found[0] >= best[0]:
            order, best = mine, found
    return [theirs[name] for name in order], best[1]


def _by_data(torch: Trace, turned: frozenset[str] = frozenset()) -> list[str]:
    """The steps in the order of the data: each after what it takes, first arguments first.

    turned: steps the last argument of which goes first.
    """
    steps = {step.name: step for step in torch.steps}
    order: dict[str, None] = {}
    for root in (*torch.results, *steps):
        waiting = [root.partition(":")[0]]
        while waiting:
            step = steps.get(waiting[-1])
            if step is None or step.name in order:
                waiting.pop()
                continue
            before = [x.partition(":")[0] for x in step.inputs]
            before = [name for name in before if name in steps and name not in order]
            if before:
                waiting.extend(before if step.name in turned else reversed(before))
            else:
                order[step.name] = None
                waiting.pop()
    return list(order)


def _scores(ours: list[_Op], theirs: list[_Op], overrides: Mapped) -> list[list[int]]:
    wished = {name for names in overrides.values() for name in names}
    table = []
    for op in ours:
        row = []
        for other in theirs:
            named = {other.step.name, other.step.path} - {""}
            if op.step.name in overrides:
                row.append(MAPPED if not op.part and named & set(overrides[op.step.name]) else 0)
            else:
                row.append(0 if named & wished else _score(op, other))
        table.append(row)
    return table


def _score(ours: _Op, theirs: _Op) -> int:
    also = {name for operation in ours.names for name in ALSO.get(operation, ())}
    if ours.names & theirs.names:
        score = EQUAL
    elif theirs.names & also:
        score = EQUIVALENT
    elif any(ours.names & family and theirs.names & family for family in FAMILIES):
        score = FAMILY
    else:
        return 0
    if not ours.part:
        score += _weights(ours.step, theirs.step) + _naming(ours.step, theirs.step)
    if ours.names & MERGES and len(ours.step.inputs) != len(theirs.step.inputs):
        score += OTHER_ARITY
    if ours.names & COMPOSED and theirs.part:
        score += AFTER_CORE
    same = sorted(ours.step.shape) == sorted(theirs.step.shape)
    return score + (EQUAL_SHAPE if same else 0)


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


def _weights(ours: Step, theirs: Step) -> int:
    """Equal numbers of weights speak for two steps; a step with none is no answer to one with."""
    mine = sum(_size(v.shape) for v in ours.variables if v.kind == "weight")
    other = sum(_size(v.shape) for v in theirs.variables if v.kind == "weight")
    if mine == other:
        return EQUAL_WEIGHTS if mine else 0
    return OTHER_WEIGHTS if not mine or not other else 0


def _naming(ours: Step, theirs: Step) -> int:
    last = theirs.path.rpartition(".")[2]
    if ours.name in (last, theirs.path, theirs.path.replace(".", "_")):
        return EQUAL_NAME
    return LIKE_NAME if last and not last.isdecimal() and last in ours.name else 0


def _longest(scores: list[list[int]]) -> tuple[int, list[int | None]]:
    """For each row the column of its answer, in order, or None; and the sum of their scores."""
    rows, columns = len(scores), len(scores[0]) if scores else 0
    best = np.zeros((rows + 1, columns + 1), np.int64)
    for i in reversed(range(rows)):
        row, below = best[i], best[i + 1]
        for j in reversed(range(columns)):
            score = scores[i][j]
            row[j] = max(below[j], row[j + 1], score + below[j + 1] if score > 0 else 0)
    places: list[int | None] = []
    i = j = 0
    while i < rows:
        if j == columns or best[i, j] == best[i + 1, j]:
            places.append(None)
            i += 1
        elif best[i, j] == best[i, j + 1]:
            j += 1
        else:
            places.append(j)
            i, j = i + 1, j + 1
    return int(best[0, 0]), places


def _wish(answers: dict[str, list[Step]], torch: Trace, overrides: Mapped) -> None:
    """All steps of a person's own mapping, also those that are no operation's answer."""
    for layer, names in overrides.items():
        found = [s for s in torch.steps if s.name in names or (s.path and s.path in names)]
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


def _fits(ours: _Op, theirs: _Op, answers: dict[str, list[Step]]) -> bool:
    """An equal operation with equal weights, or without any and fed by what answers our input."""
    if _score(ours, theirs) < EQUAL:
        return False
    if any(v.kind == "weight" for v in ours.step.variables):
        return _weights(ours.step, theirs.step) == EQUAL_WEIGHTS
    fed = {step.name for name in ours.step.inputs for step in answers.get(name, ())}
    return bool(fed & set(theirs.step.inputs))


def _size(shape: tuple[int, ...]) -> int:
    return int(np.prod(shape, dtype=int))
