"""Move Keras's weights to the port piece by piece, so that no second copy of a model is held."""

from dataclasses import replace

import numpy as np

from parity.checking.options import Options
from parity.diagnose import loaded
from parity.gates import weights as gate
from parity.mapping import ledger
from parity.mapping.plan import Plan, key
from parity.records.comparison import Array, Dtype, Finding, GateResult, LayerCheck, Ledger
from parity.sides.calls import TwoSides
from parity.sides.verbs import InTorch, Models


def weights(
    plan: Plan, sides: TwoSides, options: Options
) -> tuple[GateResult, tuple[Finding, ...]]:
    """Lend the port Keras's weights, or look at its own; each move goes there and back."""
    checks: list[LayerCheck] = []
    compared = loaded.Compared()
    name = key(plan.pair, "float32")
    for part in ledger.parts(plan.ledger):
        ours, moved = _moved(part, sides, name)
        if not options.is_loaded:
            sides.torch.call(InTorch.override_weights, name, moved)
        held = sides.torch.call(Models.weights, name, list(moved))
        judged = gate.judge(part, ours, held, ledger.to_keras(part, held))
        if options.is_loaded:
            compared.look(part, moved, held)
        checks += judged.layers
    rest = gate.judge(replace(plan.ledger, lines=()), {}, {}, {})
    whole = gate.gate((*checks, *rest.layers), plan.ledger)
    if not options.is_loaded and plan.pair.recipe is not None:
        override(plan, sides, "float64")
    return whole, compared.findings()


def override(plan: Plan, sides: TwoSides, dtype: Dtype = "float32") -> None:
    """Let the port's passes run with Keras's weights."""
    name = key(plan.pair, dtype)
    for part in ledger.parts(plan.ledger):
        sides.torch.call(InTorch.override_weights, name, _moved(part, sides, name)[1])


def lend(plan: Plan, sides: TwoSides, weights: dict[str, Array]) -> None:
    """Let the port's passes run with these values of its own tensors."""
    sides.torch.call(InTorch.override_weights, key(plan.pair, "float32"), weights)


def constants(plan: Plan) -> dict[str, Array]:
    """What Keras has not, with the number that makes it do nothing."""
    return {v.name: np.full(v.shape, value) for v, value in plan.ledger.constant}


def _moved(part: Ledger, sides: TwoSides, name: str) -> tuple[dict[str, Array], dict[str, Array]]:
    """A piece of Keras's weights, and the same in the port's layout."""
    names = list(dict.fromkeys(line.keras.name for line in part.lines))
    ours = sides.keras.call(Models.weights, name, names)
    return ours, ledger.to_torch(part, ours)
