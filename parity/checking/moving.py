"""Move Keras's weights to the port piece by piece, so that no second copy of a model is held."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np

from parity.checking.options import Options
from parity.diagnose import loaded
from parity.gates import weights as gate
from parity.mapping import graph_constants, ledger
from parity.mapping.plan import Plan, key
from parity.records.comparison import (
    Array,
    Dtype,
    Finding,
    GateResult,
    LayerCheck,
    Ledger,
    LedgerLine,
)
from parity.sides.calls import TwoSides
from parity.sides.verbs import InTorch, Models

PIECE = 2**22  # numbers, beyond which no further tensor is moved at once


@dataclass(frozen=True)
class Moved:
    """The gate `weights`, what it finds, and whether the port can hold all that it was lent."""

    gate: GateResult
    findings: tuple[Finding, ...]
    is_held: bool


def weights(plan: Plan, sides: TwoSides, options: Options) -> Moved:
    """Lend the port Keras's weights, or look at its own; each move goes there and back."""
    is_held = True
    checks: list[LayerCheck] = []
    compared = loaded.Compared()
    name = key(plan.pair, "float32")
    for whole_part in _pieces(plan.ledger):
        ours, moved = _moved(whole_part, sides, name)
        unheld: dict[str, str] = {}
        if not options.is_loaded:
            unheld = sides.torch.call(InTorch.override_weights, name, moved)
            is_held = is_held and not unheld
        checks += [_unheld(line, unheld) for line in whole_part.lines if line.torch.name in unheld]
        part = _without(whole_part, unheld)
        moved = {n: array for n, array in moved.items() if n not in unheld}
        held = sides.torch.call(Models.weights, name, list(moved))
        judged = gate.judge(part, ours, held, ledger.to_keras(part, held))
        if options.is_loaded:
            compared.look(part, moved, held)
        checks += judged.layers
    rest = gate.judge(replace(plan.ledger, lines=()), {}, {}, {}, bool(plan.torch.error))
    whole = gate.gate((*checks, *rest.layers), plan.ledger)
    if not options.is_loaded and plan.pair.recipe is not None:
        override(plan, sides, "float64")
    return Moved(whole, compared.findings(), is_held)


def override(plan: Plan, sides: TwoSides, dtype: Dtype = "float32") -> bool:
    """Let the port's passes run with Keras's weights. Can it hold all of them?"""
    name = key(plan.pair, dtype)
    unheld: dict[str, str] = {}
    for part in _pieces(plan.ledger):
        unheld |= sides.torch.call(InTorch.override_weights, name, _moved(part, sides, name)[1])
    return not unheld


def _pieces(whole: Ledger) -> Iterator[Ledger]:
    """The parts of a ledger, small ones together: each is a question to both sides."""
    held: list[Ledger] = []
    size = 0
    for part in ledger.parts(whole):
        held.append(part)
        size += sum(prod(line.keras.shape) for line in part.lines)
        if size > PIECE:
            yield _joined(held)
            held, size = [], 0
    if held:
        yield _joined(held)


def _joined(parts: Sequence[Ledger]) -> Ledger:
    return Ledger(
        tuple(line for part in parts for line in part.lines),
        constant=tuple(each for part in parts for each in part.constant),
    )


def _without(part: Ledger, names: Collection[str]) -> Ledger:
    """A piece of the ledger without whatever stays together with these torch tensors."""
    lost = {line.keras.name for line in part.lines if line.torch.name in names}
    return replace(part, lines=tuple(x for x in part.lines if x.keras.name not in lost))


def _unheld(line: LedgerLine, why: Mapping[str, str]) -> LayerCheck:
    note = (
        f"`{line.torch.name}` cannot be Keras's `{line.keras.name}`: the port computes it, and "
        f"{why[line.torch.name]}; check it with weights of its own (loaded=True)"
    )
    return LayerCheck(line.keras.name, "", "incomplete", note=note)


def lend(plan: Plan, sides: TwoSides, weights: dict[str, Array]) -> None:
    """Let the port's passes run with these values of its own tensors."""
    sides.torch.call(InTorch.override_weights, key(plan.pair, "float32"), weights)


def constants(plan: Plan) -> dict[str, Array]:
    """What Keras has not, with the number that makes it do nothing."""
    return {v.name: np.full(v.shape, value) for v, value in plan.ledger.constant}


def _moved(part: Ledger, sides: TwoSides, name: str) -> tuple[dict[str, Array], dict[str, Array]]:
    """A piece of Keras's weights, and the same in the port's layout."""
    known = graph_constants.held(part)
    names = list(dict.fromkeys(line.keras.name for line in part.lines))
    ours = sides.keras.call(Models.weights, name, [n for n in names if n not in known])
    ours = {n: known[n] if n in known else ours[n] for n in names}
    return ours, ledger.to_torch(part, ours)
