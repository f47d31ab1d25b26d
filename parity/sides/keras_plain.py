"""Run a Keras model whole and plain, as its owner would; and hand it back as it was."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import keras
from keras import ops
from keras.src.backend import is_tensor

from parity.errors import line
from parity.records.answers import Answer
from parity.records.comparison import Array, Dtype, LowPrecision
from parity.sides import keras_backend, keras_inference_draws, places, returned
from parity.sides.keras_computing import (
    computing_in,
    functional,
    generators,
    generators_kept,
    states_aside,
)
from parity.sides.keras_mixed import mixed


def answers(
    model: Any,
    row: Sequence[Any],
    dtype: Dtype,
    prediction: Callable[[Any], Any],
) -> tuple[Answer, ...]:
    """What a model returns at inference when it is called in a row.

    row: for each call, tensors as the model takes them. Its states are afterwards as they were.
    """
    return _answers(model, row, computing_in(model, dtype), dtype, prediction)


def low_answer(
    model: Any, inputs: Any, dtype: LowPrecision, prediction: Callable[[Any], Any]
) -> Answer:
    """What a float32 model returns at inference under the mixed policy of this dtype."""
    return _answers(model, [inputs], mixed(model, dtype), "float32", prediction)[0]


def _answers(
    model: Any,
    row: Sequence[Any],
    computing: AbstractContextManager[None],
    remembered: Dtype,
    prediction: Callable[[Any], Any],
) -> tuple[Answer, ...]:
    """remembered: the float type of the states of stateful layers."""
    names = getattr(model, "output_names", None) or ()
    # Said outright: without it, a layer whose default is to train (Resizing) has all others train.
    mode = {"training": False} if model._call_has_training_arg else {}
    try:
        with computing, states_aside(model, remembered), generators_kept(model):
            outputs = (_called(model, inputs, mode) for inputs in row)
            return tuple(returned.answer(prediction(output), _array, names) for output in outputs)
    except Exception as broken:
        where = places.raising(broken)
        return (Answer(error=line(broken) + (f" ({where})" if where else "")),)


def _called(model: Any, inputs: Any, mode: dict[str, bool]) -> Any:
    with keras_inference_draws.handed(model, inputs):
        return keras_backend.called(model, inputs, **mode)


def _array(value: Any) -> Array | None:
    if not is_tensor(value):
        return None
    kind = keras.backend.standardize_dtype(value.dtype)
    value = ops.cast(value, "float32") if kind in ("bfloat16", "float16") else value
    found: Array = ops.convert_to_numpy(value)
    return found.copy()


def as_it_is(model: Any) -> Callable[[], None]:
    """What hands a model back as it is now: with the draws that its generators are at, and with as
    many nodes, of which every symbolic call adds one to a layer."""
    inside = [*model._flatten_layers(), *_operations(model)]
    nodes = {id(x): (x, len(x._inbound_nodes), len(x._outbound_nodes)) for x in inside}
    draws = generators(model)

    def restore() -> None:
        for operation, inbound, outbound in nodes.values():
            del operation._inbound_nodes[inbound:]
            del operation._outbound_nodes[outbound:]
        for variable, value in draws:
            variable.assign(value)

    return restore


def _operations(model: Any) -> list[Any]:
    """What functional models have between their layers."""
    return [x for inner in functional(model) for x in inner._operations]
