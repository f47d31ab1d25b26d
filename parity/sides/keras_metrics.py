"""What a person compiled a Keras model to measure, of all batches of a data set together."""

from collections.abc import Iterator
from typing import Any

import keras
from keras.src.trainers.compile_utils import CompileMetrics

from parity.records.comparison import Array
from parity.sides.keras_models import array

Batch = tuple[Any, Array | Any, Any]  # outputs, targets, weights


def figures(model: Any, given: Any, batches: Iterator[Batch]) -> dict[str, float]:
    """By Keras's names. given: in place of what the model was compiled with."""
    compiled = getattr(model, "_compile_config", None)
    config = compiled.config if compiled is not None and given is None else {"metrics": given}
    metrics = keras.tree.map_structure(_anew, config.get("metrics"))
    weighed = keras.tree.map_structure(_anew, config.get("weighted_metrics"))
    names = getattr(model, "output_names", None)
    measured = CompileMetrics(metrics or [], weighed or [], output_names=names)
    for outputs, targets, weights in batches:
        measured.update_state(targets, outputs, weights)
    return {name: float(array(x).mean()) for name, x in measured.result().items()}


def _anew(metric: Any) -> Any:
    """One that has seen nothing: the model's own goes on where it was."""
    if not isinstance(metric, keras.metrics.Metric):
        return metric
    return type(metric).from_config(metric.get_config())
