"""Check one pair: plan, transfer, then the gates in order, each resting on the ones before it."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from parity import plan as planning
from parity import probe, transfer
from parity.evidence import gather
from parity.gates import forward, structure, weights
from parity.plan import DTYPES, Plan, key
from parity.records import Array, Dtype, GateResult, LayerCheck, Pair, Report
from parity.sides.process import Sides


def check(
    pair: Pair,
    sides: Sides,
    images: Array,
    provenance: dict[str, Any],
    dtypes: Iterable[Dtype] = DTYPES,
    seed: int = 0,
) -> Report:
    """Build a pair's models, run the gates on them, and report.

    images: uint8 (N, 28, 28), see probe.images; dtypes: those the forward gate judges.
    """
    plan = planning.draw_up(pair, sides, images, seed)
    return gates(plan, sides, images, provenance, dtypes, seed)


def gates(
    plan: Plan,
    sides: Sides,
    images: Array,
    provenance: dict[str, Any],
    dtypes: Iterable[Dtype] = DTYPES,
    seed: int = 0,
) -> Report:
    """Run the gates in order on models that draw_up built; the weights gate moves the weights."""
    moved = _weights_gate(plan, sides, seed)
    results = [structure.judge(plan.alignment, plan.keras, plan.torch, plan.layouts), moved]
    why = ""
    if plan.torch.error:
        why = "the torch pass broke off"
    elif plan.ledger.failures:
        why = "the weights could not be moved"
    elif not plan.alignment.matches:
        why = "no layer was matched"
    if why:
        results += [GateResult("forward", "not run", dtype=dtype, note=why) for dtype in dtypes]
    else:
        evidence = gather(plan, sides, images)
        for dtype in dtypes:
            gate = forward.judge(dtype, evidence[dtype], complete=not plan.alignment.keras_left)
            results.append(_name_leaks(gate, plan, sides, images))
    return Report(plan.pair.name, tuple(results), provenance)


def as_json(report: Report) -> dict[str, Any]:
    """The report as JSON holds it; README.md describes the fields."""
    first = report.first_divergence
    return {
        "pair": report.pair,
        "verdict": report.verdict,
        "gates": [
            {
                "name": gate.name,
                "dtype": gate.dtype,
                "verdict": gate.verdict,
                "note": gate.note,
                "layers": [asdict(layer) for layer in gate.layers],
            }
            for gate in report.gates
        ],
        "first_divergence": asdict(first) if first else None,
        "provenance": report.provenance,
    }


def _weights_gate(plan: Plan, sides: Sides, seed: int) -> GateResult:
    """Move probing weights to the port in both dtypes, read them back, and judge the float64."""
    wide = key(plan.pair, "float64")
    drawn = probe.weights(sides.keras.call("weights", wide), seed)
    if plan.ledger.failures:
        return weights.judge(replace(plan.ledger, lines=()), drawn, {}, {})
    for dtype in DTYPES:
        name = key(plan.pair, dtype)
        cast = {path: _cast(array, dtype) for path, array in drawn.items()}
        sides.both("assign", (name, cast), (name, transfer.to_torch(plan.ledger, cast)))
    held = sides.torch.call("weights", wide)
    return weights.judge(plan.ledger, drawn, held, transfer.to_keras(plan.ledger, held))


def _cast(array: Array, dtype: Dtype) -> Array:
    return array.astype(dtype) if np.issubdtype(array.dtype, np.floating) else array


def _name_leaks(gate: GateResult, plan: Plan, sides: Sides, images: Array) -> GateResult:
    """Where float64 layers differ: does Keras compute them in float32 on this backend?"""
    if gate.dtype != "float64" or gate.verdict != "differ":
        return gate
    wide = key(plan.pair, "float64")

    def named(layer: LayerCheck) -> LayerCheck:
        if layer.verdict != "differ":
            return layer
        x = plan.keras.inputs[layer.keras]
        if not sides.keras.call("float32_leak", wide, layer.keras, x):
            return layer
        kind = plan.keras.step(layer.keras).kind
        note = f"Keras's {sides.keras.backend} backend computes this {kind} in float32"
        return replace(layer, note="; ".join(part for part in (note, layer.note) if part))

    return replace(gate, layers=tuple(named(layer) for layer in gate.layers))
