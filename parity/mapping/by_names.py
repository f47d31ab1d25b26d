"""Places by what things are called, where the alignment leads to none under which both agree.

People call the same thing alike in both frameworks, "encoder_layer_0/self_attention/query/kernel"
and "encoder.layers.0.self_attn.q_proj.weight", whatever their passes look like. So all weights are
placed at once: each goes to the tensor of its size that has most of its words, the numbers of its
blocks, and its place in the order.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

import numpy as np

from parity.mapping import names
from parity.mapping.rules import moves, registry
from parity.mapping.rules.registry import Context
from parity.mapping.single_moves import are_alike, size, usual
from parity.records.comparison import Ledger, LedgerLine, Move, Step, Trace, Variable

MOST = 2_000  # weights that are placed so
# What speaks for a place, beside a shared word: a role, a number, that the alignment has led there;
# and against it: another place in the order, a word that one of both has.
ROLE, NUMBER, ALIGNED, ORDER, STRANGE = 2.0, 1.0, 1.0, 2.0, 0.25

_Pair = tuple[str, str]
_Lines = dict[_Pair, LedgerLine]


@dataclass(frozen=True)
class _Order:
    """A pass, and one the steps of which give the order; as the model was made, if it has none."""

    trace: Trace
    of: Trace


@dataclass(frozen=True)
class _Named:
    """A variable, with what its name says; rank: among those of its size, from 0 to 1."""

    variable: Variable
    words: frozenset[str]
    numbers: tuple[int, ...]
    rank: float
    step: Step | None  # that uses it first, under the role which it has there


def placed(ledger: Ledger, keras: Trace, torch: Trace, by: str) -> Iterator[Ledger]:
    """The ledger with all weights but those that a person, or another guess, has placed, or that a
    rule has packed, placed anew: in the order of the passes, with the moves that the alignment has
    led to; and as both models were made, with none of them. Not where nothing changes. by: who
    places them."""
    passed = _lines(ledger, _Order(keras, keras), _Order(torch, torch), by)
    made = _Order(keras, replace(keras, steps=())), _Order(torch, replace(torch, steps=()))
    known = {_pair(line): line for line in _freed(ledger)}
    first = {pair: known.get(pair, line) for pair, line in passed.items()}
    second = {
        pair: known[pair] if pair in known and known[pair].move.name == line.move.name else line
        for pair, line in _lines(ledger, *made, by).items()
    }
    seen = [_placing(known)]
    for found in (first, second):
        if not any(_placing(found) <= before for before in seen):
            seen.append(_placing(found))
            yield _with(ledger, found)


def _placing(lines: _Lines) -> set[tuple[str, str, str]]:
    return {(*pair, line.move.name) for pair, line in lines.items()}


def _with(ledger: Ledger, found: _Lines) -> Ledger:
    freed = {_pair(line): line for line in _freed(ledger)}
    kept = [line for line in ledger.lines if _pair(line) not in freed]
    lines = [*kept, *found.values()]
    held, used = ({pair[side] for pair in map(_pair, lines)} for side in (0, 1))
    mine = {v.name: v for v in (*(x.keras for x in freed.values()), *ledger.keras_left)}
    its = {v.name: v for v in (*(x.torch for x in freed.values()), *ledger.torch_left)}
    return replace(
        ledger,
        lines=tuple(lines),
        keras_left=tuple(v for name, v in mine.items() if name not in held),
        torch_left=tuple(v for name, v in its.items() if name not in used),
        failures=(),
        unknown=(),
    )


def _pair(line: LedgerLine) -> _Pair:
    return line.keras.name, line.torch.name


def _freed(ledger: Ledger) -> list[LedgerLine]:
    return [line for line in ledger.lines if not line.by and not _is_part(line)]


def _is_part(line: LedgerLine) -> bool:
    parts = (line.torch_part, line.keras_part, line.keras_at)
    return any(part is not None for part in parts)


def _weights(variables: Iterable[Variable]) -> list[Variable]:
    return [v for v in variables if v.kind == "weight"]


def _named(variables: Iterable[Variable], order: _Order, mark: str) -> list[_Named]:
    """Each once, in this order."""
    users: dict[str, Step] = {}
    for step in order.trace.steps:
        for variable in step.variables:
            users.setdefault(variable.name, step)
    used = dict.fromkeys(v.name for step in order.of.steps for v in step.variables)
    every = [*used, *(v.name for v in order.of.variables)]
    places = {name: place for place, name in reversed([*enumerate(every)])}
    found = sorted(
        {v.name: v for v in variables}.values(), key=lambda v: places.get(v.name, len(places))
    )
    counts, passed = Counter(map(size, found)), Counter[int]()
    shared = _shared([v.name for v in found], mark)
    told = [names.of_tensor(v.name[shared:], mark) for v in found]
    numbers = _from_zero([numbers for _, numbers, _ in told], [form for *_, form in told])
    named = []
    for variable, (words, *_), own in zip(found, told, numbers, strict=True):
        many = size(variable)
        rank = passed[many] / max(counts[many] - 1, 1)
        passed[many] += 1
        named.append(_Named(variable, words, own, rank, users.get(variable.name)))
    return named


def _shared(every: Sequence[str], mark: str) -> int:
    """How much of all names is the model's own, as "t5." of "t5.encoder.0.weight"."""
    ends = (name.split(mark)[:-1] for name in (min(every, default=""), max(every, default="")))
    alike = takewhile(lambda parts: parts[0] == parts[1], zip(*ends, strict=False))
    return sum(len(part) + len(mark) for part, _ in alike)


def _from_zero(numbers: Sequence[tuple[int, ...]], forms: Sequence[str]) -> list[tuple[int, ...]]:
    """The numbers in names, counted from the least that a name of the same form has there."""
    least: dict[str, list[int]] = {}
    for form, own in zip(forms, numbers, strict=True):
        before = least.setdefault(form, list(own))
        least[form] = list(map(min, before, own))
    return [
        tuple(x - y for x, y in zip(own, least[form], strict=True))
        for form, own in zip(forms, numbers, strict=True)
    ]


def _lines(ledger: Ledger, keras: _Order, torch: _Order, by: str) -> _Lines:
    """The lines for all that has no place yet, or may have another."""
    from scipy.optimize import linear_sum_assignment  # takes longer to load than most checks need

    freed = _freed(ledger)
    known = {_pair(line) for line in freed}
    taken = {line.torch.name for line in ledger.lines if line not in freed}
    ours = _named([*(x.keras for x in freed), *_weights(ledger.keras_left)], keras, "/")
    tensors = [*(x.torch for x in freed), *_weights(ledger.torch_left)]
    theirs = _named([v for v in tensors if v.name not in taken], torch, ".")
    if not ours or not theirs or max(len(ours), len(theirs)) > MOST:
        return {}
    worth = np.full((len(ours), len(theirs)), -np.inf)
    fitting: dict[tuple[int, int], Move] = {}
    for row, one in enumerate(ours):
        for column, other in enumerate(theirs):
            move = _move(one, other) if size(one.variable) == size(other.variable) else None
            if move is not None:
                fitting[row, column] = move
                is_aligned = _names(one, other) in known
                worth[row, column] = _worth(one, other) + ALIGNED * is_aligned
    lowest = np.min(worth, initial=0.0, where=np.isfinite(worth)) - len(ours) * 100
    filled = np.where(np.isfinite(worth), worth, lowest)
    found = {}
    for row, column in zip(*linear_sum_assignment(filled, maximize=True), strict=True):
        if (row, column) in fitting:
            move = fitting[row, column]
            line = LedgerLine(ours[row].variable, move, theirs[column].variable, by=by)
            found[_pair(line)] = line
    return found


def _worth(one: _Named, other: _Named) -> float:
    """How much speaks for a place."""
    words = len(one.words & other.words) - STRANGE * len(one.words ^ other.words)
    alike = 0
    for mine, its in zip(one.numbers, other.numbers, strict=False):
        if mine != its:
            break
        alike += 1
    role = ROLE * are_alike(one.variable.role, other.variable.role)
    return words + role + NUMBER * alike - ORDER * abs(one.rank - other.rank)


def _move(one: _Named, other: _Named) -> Move | None:
    """As the rule for both layers says, where there is one; else the usual one."""
    by_rule = _by_rule(one, other)
    if by_rule is not None:
        return by_rule
    ours, theirs = one.variable, other.variable
    if len(ours.shape) == 3 and len(theirs.shape) == 2 and "out" in one.words:
        back = moves.matrix(ours.shape, (2,), (0, 1))  # (heads, size, out) of an attention
        if (ours.shape[2], ours.shape[0] * ours.shape[1]) == theirs.shape:
            return back
    return next(iter(usual(ours, theirs)), None)


def _by_rule(one: _Named, other: _Named) -> Move | None:
    keras, torch = one.step, other.step
    rule = registry.find(keras.kind, torch.kind) if keras and torch else None
    if rule is None or keras is None or torch is None:
        return None
    ours, theirs = ({v.role: v for v in step.variables} for step in (keras, torch))
    shapes = [{role: v.shape for role, v in each.items()} for each in (ours, theirs)]
    context = Context(keras.kind, keras.settings, shapes[0], torch.kind, shapes[1], torch.settings)
    try:
        places = rule.places(context).lines
    except (KeyError, ValueError, IndexError, TypeError, AttributeError):  # a person's own, too
        return None
    for place in places:
        mine, its = ours.get(place.keras), theirs.get(place.torch)
        is_whole = place.keras_at is None and place.torch_rows is None
        if mine and its and is_whole and (mine.name, its.name) == _names(one, other):
            return place.move if _gives(place.move, mine, its) else None
    return None


def _names(one: _Named, other: _Named) -> tuple[str, str]:
    return one.variable.name, other.variable.name


def _gives(move: Move, ours: Variable, theirs: Variable) -> bool:
    try:
        return move.to_torch(np.empty(ours.shape, np.int8)).shape == theirs.shape
    except (ValueError, IndexError):
        return False
