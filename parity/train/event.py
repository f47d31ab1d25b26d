"""What two passes of the same training step did differently: decisions that fell another way.

A ReLU is on or off and pooling takes one of its inputs; where two values stand within rounding of
each other, the two sides may decide differently, and from then on they are different functions.
"""

import numpy as np

from parity.mapping.plan import Plan
from parity.records.comparison import Array, Match, Trace
from parity.sides.calls import TwoSides
from parity.sides.training_verbs import Training


def describe(plan: Plan, sides: TwoSides, name: str, step: int) -> str:
    """Trace a step on both sides as their weights stand, and name the first other decision."""
    keras, torch = sides.both(Training.trace_step, name, step)
    if torch.error:
        return f"the port's training pass broke off: {torch.error}"
    for match in plan.alignment.matches:
        if not _is_traced(plan, match, keras, torch):
            continue
        inputs = _inputs(plan, match, keras, torch)
        outputs = _outputs(plan, match, keras, torch)
        if outputs[0].shape != outputs[1].shape:
            return f"{match.keras.name} gives {outputs[0].shape} against {outputs[1].shape}"
        found = _decision(match, inputs, outputs)
        if found:
            return found
    return "every ReLU and every pooling window of this step decided alike on both sides"


def _is_traced(plan: Plan, match: Match, keras: Trace, torch: Trace) -> bool:
    """Are both sides known, and what they take? Not within what another layer wraps."""
    ours = {match.keras.name, *match.keras.inputs[:1]} <= plan.layouts.keys()
    theirs = match.torch and {match.torch[0].name, match.torch[-1].name} <= torch.outputs.keys()
    return bool(ours and match.keras.inputs and theirs and match.keras.name in keras.outputs)


def _outputs(plan: Plan, match: Match, keras: Trace, torch: Trace) -> tuple[Array, Array]:
    theirs = torch.outputs[match.torch[-1].name]
    return keras.outputs[match.keras.name], plan.layouts[match.keras.name].to_keras(theirs)


def _inputs(plan: Plan, match: Match, keras: Trace, torch: Trace) -> tuple[Array, Array]:
    theirs = torch.inputs[match.torch[0].name]
    return keras.inputs[match.keras.name], plan.layouts[match.keras.inputs[0]].to_keras(theirs)


def _decision(match: Match, inputs: tuple[Array, Array], outputs: tuple[Array, Array]) -> str:
    """How many units of a layer decided differently, and by how little; "" for none."""
    name, (ours, theirs) = match.keras.name, outputs
    if match.keras.kind.startswith("MaxPooling"):
        other = _winners(inputs[0], outputs[0]) != _winners(inputs[1], outputs[1])
        if other.any():
            return f"in {name}, {int(other.sum())} of {other.size:,} inputs win on one side alone"
    other = (ours == 0) != (theirs == 0)
    if match.keras.activation == "relu" and other.any():
        edge = float(np.maximum(np.abs(ours[other]), np.abs(theirs[other])).max())
        return (
            f"in {name}, {int(other.sum())} of {other.size:,} units are on on one side and off on "
            f"the other, at {edge:.1e} from the edge"
        )
    return ""


def _winners(x: Array, pooled: Array) -> Array:
    """Which inputs of non-overlapping windows are as large as the window's output."""
    for axis in range(1, x.ndim - 1):
        pooled = np.repeat(pooled, -(-x.shape[axis] // pooled.shape[axis]), axis=axis)
        pooled = np.take(pooled, range(x.shape[axis]), axis=axis)
    won: Array = x == pooled
    return won
