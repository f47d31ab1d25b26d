"""What a person can paste to place weights that nothing else places: a rule, or a mapping."""

import math
from collections.abc import Iterator, Sequence
from itertools import groupby, permutations

import numpy as np

from parity.mapping import guesses, longer_tables
from parity.records.comparison import Ledger, LedgerLine, Step, Trace, Variable

LAST = "a transpose, a reshape or both may be missing"


def of(ledger: Ledger, keras: Trace, torch: Trace) -> str:
    """A rule for each class of Keras layer whose weights all go into one own class of the port's;
    a mapping for what is left besides. "" where nothing is left on either side."""
    if not any(v.kind == "weight" for v in ledger.torch_left):
        return ""
    guess = next(guesses.of(ledger, keras, torch), ledger)
    likely = {line.keras.name: line for line in guess.lines if line.by == guesses.BY}
    left = {v.name: v for v in ledger.keras_left if v.kind == "weight"}
    theirs = [v for v in ledger.torch_left if v.kind == "weight"]
    found: list[str] = []
    for step in keras.steps:
        ours = [left.pop(v.name) for v in step.variables if v.name in left]
        owner = _owner(ours, theirs) if ours and step.name in dict(ledger.unknown) else None
        if owner is None:
            left |= {v.name: v for v in ours}
            continue
        others = [v for v in theirs if _path(v) == owner]
        theirs = [v for v in theirs if v not in others]
        rule = _rule(step, [_renamed(v, step) for v in ours], others)
        if _code(rule) not in map(_code, found):
            found.append(rule)
    if left:
        found.append(_mapping(list(left.values()), theirs, likely))
    return "\n\n".join(found)


def _code(rule: str) -> list[str]:
    """What a rule does, without the sizes of one layer."""
    return [line for line in rule.splitlines() if not line.strip().startswith("#")]


def _path(variable: Variable) -> str:
    return variable.name.rpartition(".")[0]


def _renamed(variable: Variable, step: Step) -> Variable:
    return next(v for v in step.variables if v.name == variable.name)


def _owner(ours: Sequence[Variable], theirs: Sequence[Variable]) -> str | None:
    """The first module of a person's own that owns as many of what is left."""
    for path, group in groupby(theirs, _path):
        tensors = list(group)
        is_own = tensors[0].owner and not tensors[0].owner.startswith(guesses.TORCHS)
        if path and is_own and len(tensors) >= len(ours):
            return path
    return None


def _rule(step: Step, ours: Sequence[Variable], theirs: Sequence[Variable]) -> str:
    kind = theirs[0].owner.rpartition(".")[2]
    name = step.kind.lower()
    lines = [
        "import parity",
        f'@parity.rule({step.kind!r}, torch=("{kind}",), operation="{name}")',
        f"def {name}(context):",
        "    return parity.Places((",
    ]
    for variable, line in _paired(ours, theirs):
        if line is None:
            lines.append(f'        parity.Place("{variable.role}", parity.COPY, "..."),')
            lines.append(f"        # {variable.shape}, one of {_listed(theirs)}; {LAST}")
        else:
            lines.append(
                f'        parity.Place("{variable.role}", {_move(line)}, "{line.torch.role}"),'
            )
            lines.append(f"        # {variable.shape} -> {line.torch.shape}")
    return "\n".join([*lines, "    ))"])


def _mapping(
    ours: Sequence[Variable], theirs: Sequence[Variable], likely: dict[str, LedgerLine]
) -> str:
    """likely: places as of the likeliest guess, by Keras's name."""
    lines = ['mapping = {"weights": {']
    for variable, single in _paired(ours, theirs):
        line = likely.get(variable.name, single)
        part = line.torch_part if line else None
        torch, rest = "...", ""
        is_part = line is not None and (line.keras_part or line.keras_at is not None)
        if line is None or is_part or (part and (part.axis or part.period)):
            lines.append(f"    # {variable.shape}, of {_listed(theirs, by_name=True)}")
            longer = (
                [v for v in theirs if longer_tables.is_longer(v, variable)] if line is None else []
            )
            if len(longer) == 1:  # a table of which the port leaves rows unused: which, it tells
                torch, rest = longer[0].name, f', "rows": [n, n + {variable.shape[0]}]'
        else:
            torch = line.torch.name
            rest = f', "axes": {list(_axes(line))}' if _axes(line) else ""
            rest += f', "rows": [{part.start}, {part.stop}]' if part else ""
        lines.append(f'    "{variable.name}": {{"torch": "{torch}"{rest}}},')
    return "\n".join([*lines, "}}  # parity.check(keras_model, torch_module, mapping=mapping)"])


def _paired(
    ours: Sequence[Variable], theirs: Sequence[Variable]
) -> Iterator[tuple[Variable, LedgerLine | None]]:
    """Each of ours with its likeliest place among theirs, each of which is given away once."""
    free = list(theirs)
    for variable in ours:
        line = guesses.likeliest(variable, free)
        if line is not None:
            free.remove(line.torch)
        yield variable, line


def _move(line: LedgerLine) -> str:
    if _axes(line):
        return f"parity.moves.by_axes({_axes(line)})"
    if line.keras.shape == line.torch.shape:
        return "parity.COPY"
    return f"parity.moves.reshaped({line.keras.shape}, {line.torch.shape})"


def _axes(line: LedgerLine) -> tuple[int, ...]:
    """The transpose that a move is; () where it leaves the order of the numbers."""
    numbers = np.arange(math.prod(line.keras.shape)).reshape(line.keras.shape)
    moved = line.move.to_torch(numbers)
    own = tuple(range(numbers.ndim))
    turned = (axes for axes in permutations(own) if np.array_equal(numbers.transpose(axes), moved))
    found = next(turned, ())
    return () if found == own else found


def _listed(variables: Sequence[Variable], by_name: bool = False) -> str:
    return ", ".join(f"{v.name if by_name else v.role} {v.shape}" for v in variables) or "none left"
