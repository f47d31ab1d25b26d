"""What a person's own preparations make of raw images: the gate `data` of an own pair."""

from dataclasses import replace

import numpy as np

from parity.diagnose import preprocessing
from parity.errors import ModelError
from parity.gates import data as data_gate
from parity.records.budget import Budget
from parity.records.comparison import Finding, GateResult, LayerCheck
from parity.records.pair import Pair
from parity.records.trees import mapped
from parity.sides.calls import TwoSides, ask
from parity.sides.training_verbs import Training


def check(pair: Pair, sides: TwoSides, budget: Budget) -> tuple[list[GateResult], list[Finding]]:
    """What both preparations make of raw images, where a person gave some.

    Raises ModelError where they gave half of it."""
    training = pair.trained.training
    assert training is not None
    given = training.raw, training.keras_preprocess, training.torch_preprocess
    if all(x is None for x in given):
        return [], []
    if any(x is None for x in given):
        raise ModelError(
            "training: raw, keras_preprocess and torch_preprocess go together; give all three"
        )
    raw = mapped(np.asarray, training.raw)
    raw = raw if isinstance(raw, list) else np.asarray(raw)
    try:
        keras, torch = sides.each(
            ask(Training.preprocess, training.keras_preprocess, raw),
            ask(Training.preprocess, training.torch_preprocess, raw),
        )
    except ModelError as error:
        line = LayerCheck("", "", "incomplete", note=str(error))
        return [GateResult("data", "incomplete", (line,), "float32", "broke off")], []
    measured = data_gate.prepared(keras, torch)
    judged = [data_gate.judge("float32", [measured])]
    if judged[0].verdict != "differ":
        return judged, []
    read = preprocessing.read([x[..., None] if x.ndim == 2 else x for x in raw], measured, budget)
    if read.level is None:
        return judged, [read.finding]
    level = max(read.level, measured.noise)
    return [data_gate.judge("float32", [replace(measured, noise=level)])], []
