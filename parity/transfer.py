"""Move weights between the frameworks, by a ledger that accounts for every tensor of both sides."""

import numpy as np

from parity.errors import TransferError
from parity.layouts import RULES, flat_dense
from parity.records import (
    Alignment,
    Array,
    Layout,
    Ledger,
    LedgerLine,
    Match,
    Trace,
    Variable,
)

SEED_STATE = "a generator's seed, not a weight; torch keeps its own generator"
COUNT_STATE = "torch's count of batches; nothing reads it where momentum is given"


def plan(alignment: Alignment, keras: Trace, torch: Trace, layouts: dict[str, Layout]) -> Ledger:
    """Find the torch tensor and the move for every Keras variable; list whatever does not fit."""
    lines: list[LedgerLine] = []
    failures: list[str] = []
    for match in alignment.matches:
        for variable in match.keras.variables:
            if variable.kind == "weight":
                _place(variable, match, layouts, lines, failures)
    keras_used = {line.keras.name for line in lines}
    torch_used = {line.torch.name for line in lines}
    states = tuple(v for v in keras.variables if v.kind == "state")
    counts = tuple(v for v in torch.variables if v.kind == "state")
    return Ledger(
        tuple(lines),
        set_aside=(
            *((state.name, SEED_STATE) for state in states),
            *((count.name, COUNT_STATE) for count in counts),
        ),
        keras_left=tuple(
            v for v in keras.variables if v.name not in keras_used and v not in states
        ),
        torch_left=tuple(
            v for v in torch.variables if v.name not in torch_used and v not in counts
        ),
        failures=tuple(failures),
    )


def _place(
    variable: Variable,
    match: Match,
    layouts: dict[str, Layout],
    lines: list[LedgerLine],
    failures: list[str],
) -> None:
    """Add the ledger's line for one Keras variable, or the reason why there is none."""
    rule = RULES.get((match.keras.kind, variable.role))
    if rule is None:
        known = ", ".join(sorted({kind for kind, _ in RULES}))
        failures.append(
            f"`{variable.name}`: no rule moves {match.keras.kind}.{variable.role}; "
            f"layouts.RULES knows {known}"
        )
        return
    move, role = rule
    source = layouts.get(match.keras.inputs[0]) if match.keras.inputs else None
    if (
        match.keras.kind == "Dense"
        and variable.role == "kernel"
        and source
        and (source.order is not None)
    ):
        move = flat_dense(source)
    candidates = [v for step in match.torch for v in step.variables if v.role == role]
    if len(candidates) != 1:
        names = " + ".join(step.name for step in match.torch)
        found = ", ".join(f"`{v.name}`" for v in candidates) or "none"
        failures.append(
            f"`{variable.name}`: {names} needs one `{role}`, got {found}; "
            f"give the torch layer a {role}, or take it from the Keras layer"
        )
        return
    torch = candidates[0]
    moved = move.to_torch(np.empty(variable.shape, np.int8)).shape
    if moved != torch.shape:
        failures.append(
            f"`{torch.name}`: is {torch.shape}, need {moved} "
            f"for `{variable.name}` {variable.shape} by {move.name}"
        )
        return
    lines.append(LedgerLine(variable, move, torch))


def to_torch(ledger: Ledger, weights: dict[str, Array]) -> dict[str, Array]:
    """Keras weights by path -> torch weights by name.

    Raises TransferError, with every failure, where a line has no array of its shape.
    """
    _require(weights, {line.keras.name: line.keras.shape for line in ledger.lines}, ledger)
    return {
        line.torch.name: np.ascontiguousarray(line.move.to_torch(weights[line.keras.name]))
        for line in ledger.lines
    }


def to_keras(ledger: Ledger, weights: dict[str, Array]) -> dict[str, Array]:
    """Torch weights by name -> Keras weights by path. Raises TransferError as to_torch does."""
    _require(weights, {line.torch.name: line.torch.shape for line in ledger.lines}, ledger)
    return {
        line.keras.name: np.ascontiguousarray(line.move.to_keras(weights[line.torch.name]))
        for line in ledger.lines
    }


def _require(weights: dict[str, Array], shapes: dict[str, tuple[int, ...]], ledger: Ledger) -> None:
    failures = list(ledger.failures)
    for name, shape in shapes.items():
        if name not in weights:
            failures.append(f"`{name}`: missing from the weights given")
        elif weights[name].shape != shape:
            failures.append(f"`{name}`: got {weights[name].shape}, need {shape}")
    if failures:
        raise TransferError("weights cannot be moved:\n" + "\n".join(f"  {f}" for f in failures))
