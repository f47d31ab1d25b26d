"""A port that is trained may return logits, where its loss takes what Keras's model returns."""

from dataclasses import replace

import numpy as np

from parity.checking import moving
from parity.mapping import plan as planning
from parity.mapping.layout_moves import CHANNELS
from parity.mapping.plan import Plan, key
from parity.numerics import noise
from parity.records.answers import Answer, Returned
from parity.records.comparison import Array, GateResult, Step
from parity.sides.calls import TwoSides
from parity.sides.verbs import InTorch, Models

ACTIVATIONS = {"softmax": "softmax", "sigmoid": "sigmoid"}
LAYERS = {"Softmax": "softmax", "Sigmoid": "sigmoid"}


def plan(before: Plan, sides: TwoSides) -> tuple[Plan, tuple[str, ...]]:
    """The plan in which activations of Keras's last layers are taken of what the port returns,
    where both return the same then and not without; and these activations, in words."""
    if before.torch.error or before.ledger.failures or before.ledger.unknown:
        return before, ()
    moving.override(before, sides)
    found = _missing(before, sides)
    if not found:
        return before, ()
    name = key(before.pair, "float32")
    sides.torch.call(InTorch.predict_by, name, found)
    if _differing(before, sides):
        sides.torch.call(InTorch.predict_by, name, {})
        return before, ()
    sides.torch.call(InTorch.predict_by, key(before.pair, "float64"), found)
    again = planning.compare(before.pair, sides, before.shown, before.overrides)
    return again, tuple(dict.fromkeys(kind for kind, _ in found.values()))


def told(gate: GateResult, activations: tuple[str, ...]) -> GateResult:
    """The gate `output` with a word on what was taken of the port's."""
    if gate.name != "output" or not activations:
        return gate
    return replace(
        gate, note=f"{gate.note}; the port returns logits, its {_words(activations)} taken"
    )


def _words(activations: tuple[str, ...]) -> str:
    return " and ".join(activations)


def _missing(of: Plan, sides: TwoSides) -> dict[int, tuple[str, int]]:
    """Of the returned values that differ and that Keras ends in an activation: by place, which one,
    and along which axis of torch's."""
    found = {}
    steps = {step.name: step for step in of.keras.steps}
    for place in _differing(of, sides):
        name = of.keras.results[place] if place < len(of.keras.results) else ""
        kind = activation(steps.get(name))
        if kind:
            layout = of.layouts.get(name)
            found[place] = kind, 1 if layout is CHANNELS else -1
    return found


def activation(step: Step | None) -> str:
    if step is None:
        return ""
    last = step.activation or str(step.settings.get("activation", ""))
    return ACTIVATIONS.get(last) or LAYERS.get(step.kind, "")


def _differing(of: Plan, sides: TwoSides) -> list[int]:
    """The places of the values that both sides return and that differ in float64."""
    name = key(of.pair, "float32")
    keras = sides.keras.call(Models.answer, name, of.shown.keras, "float64")[0]
    torch = sides.torch.call(Models.answer, name, of.shown.torch, "float64")[0]
    pairs = zip(_ordered(keras), _ordered(torch), strict=False)
    return [n for n, (x, y) in enumerate(pairs) if not _same(x.value, y.value)]


def _ordered(answer: Answer) -> list[Returned]:
    """A dictionary's values in the order of their names, in which Keras hands them out."""
    is_named = any(part.path.startswith("['") for part in answer.parts)
    return sorted(answer.parts, key=lambda part: part.path) if is_named else list(answer.parts)


def _same(one: Array | None, other: Array | None) -> bool:
    if one is None or other is None or one.size != other.size:
        return False
    moved = other if one.shape == other.shape else np.moveaxis(other, 1, -1)
    if one.shape != moved.shape:
        return False
    limit = noise.LIMIT * float(np.finfo("float32").eps) * max(1.0, float(np.abs(one).max()))
    return bool(np.abs(one - moved).max() <= limit)
