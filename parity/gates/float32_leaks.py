"""Name the layers that Keras computes in float32 inside a float64 model, by intervention."""

from dataclasses import replace

from parity.mapping.plan import Plan, key
from parity.records.comparison import Array, GateResult, LayerCheck
from parity.sides.process import Sides


def name_leaks(gate: GateResult, plan: Plan, sides: Sides, images: Array) -> GateResult:
    """Where float64 layers differ in a forward gate: does Keras compute them in float32 here?"""
    if gate.dtype != "float64" or gate.verdict != "differ":
        return gate
    wide = key(plan.pair, "float64")
    inputs = sides.keras.call("trace", wide, images).inputs

    def named(layer: LayerCheck) -> LayerCheck:
        if layer.verdict != "differ":
            return layer
        x = inputs[layer.keras]
        if not sides.keras.call("float32_leak", wide, layer.keras, x):
            return layer
        kind = plan.keras.step(layer.keras).kind
        note = f"Keras's {sides.keras.backend} backend computes this {kind} in float32"
        return replace(layer, note="; ".join(part for part in (note, layer.note) if part))

    return replace(gate, layers=tuple(named(layer) for layer in gate.layers))
