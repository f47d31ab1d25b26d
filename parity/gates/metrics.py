"""Gate `metrics`: a person's own metrics say the same of what both models return."""

from dataclasses import dataclass

import numpy as np

from parity.mapping.plan import DTYPES, Plan, key
from parity.numerics import judging, noise
from parity.records.comparison import Array, Dtype, GateResult, LayerCheck, Measured
from parity.records.metrics import answers
from parity.sides.calls import TwoSides
from parity.sides.training_verbs import Training


@dataclass(frozen=True)
class Found:
    figures: dict[Dtype, list[Measured]]
    unanswered: tuple[str, ...]  # the port's, that Keras has none for


def gather(plan: Plan, sides: TwoSides, raw: Array, labels: Array) -> Found:
    """Both models must be compiled. Raises ModelError where a metric does."""
    found = {d: sides.both(Training.metrics, key(plan.pair, d), raw, labels) for d in DTYPES}
    keras, torch = found["float64"]
    pairs = answers(keras, torch)

    def measured(dtype: Dtype, ours: str, theirs: str) -> Measured:
        each = {d: [np.array(found[d][0][ours]), np.array(found[d][1][theirs])] for d in DTYPES}
        # Keras keeps what it adds up in float32, whatever the model is in.
        level = noise.of_both(each["float32"], each["float64"])
        keras, torch = each[dtype]
        told = f"{float(keras):.6g} in Keras, {float(torch):.6g} in the port"
        return Measured(ours, theirs, keras, torch, level, told)

    figures = {d: [measured(d, *names) for names in pairs.items()] for d in DTYPES}
    return Found(figures, tuple(name for name in torch if name not in pairs.values()))


def judge(dtype: Dtype, found: Found) -> GateResult:
    checks = [judging.line(one) for one in found.figures[dtype]]
    note = "Keras has no such metric: compile it with one of this name, or give keras_metrics"
    checks += [LayerCheck("", name, "incomplete", note=note) for name in found.unanswered]
    return judging.gate("metrics", dtype, "metrics", checks)
