"""A Keras model in training mode in which nothing moves: what would be assigned is written down."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
from keras import ops
from keras.src.layers.layer import Layer

from parity.records.comparison import Dtype
from parity.sides import keras_inference_draws
from parity.sides.keras_graph import Graph
from parity.sides.program import Ref


class TrainingGraph(Graph):
    """A Program whose layers train.

    seed: chooses the draws; moved: by path, what calls would have assigned to statistics, in the
    float type that was computed in.
    """

    def __init__(self, model: Any, inputs: Any) -> None:
        super().__init__(model, inputs, training=True)
        self.seed = 0
        self.moved: dict[str, Any] = {}

    def _draws(self) -> keras_inference_draws.InferenceDraws | None:
        return keras_inference_draws.of(self._model)

    def execute(self, number: int, values: Callable[[Ref], Any], dtype: Dtype) -> list[Any]:
        operation = self.calls[number].operation
        if not isinstance(operation, Layer):
            return super().execute(number, values, dtype)
        with (
            _drawing(operation, (self.seed, number)),
            _written_down(operation, self.moved, self.name_of),
        ):
            return super().execute(number, values, dtype)


@contextlib.contextmanager
def _written_down(
    layer: Any, moved: dict[str, Any], name_of: Callable[[Any], str]
) -> Iterator[None]:
    """Keep every statistic of a layer as it is, and write down what is assigned to it.

    Seen before it is rounded to the variable's own float32; a share of 1 / n shows in float64.
    """
    states = {id(state) for inner in layer._flatten_layers() for state in _states(inner)}
    statistics = [
        v
        for v in layer.non_trainable_variables
        if v.dtype.startswith("float") and id(v) not in states
    ]
    for variable in statistics:
        name = name_of(variable)
        vars(variable)["assign"] = lambda value, name=name: moved.update({name: value})
    try:
        yield
    finally:
        for variable in statistics:
            del vars(variable)["assign"]


@contextlib.contextmanager
def _drawing(layer: Any, seed: tuple[int, int]) -> Iterator[None]:
    """Let a layer draw by this seed; its generators are afterwards where they were."""
    generators = [v for v in layer.variables if "seed_generator" in v.path]
    kept = [ops.copy(v.value) for v in generators]
    with _global_generator_kept(seed):
        for variable in generators:
            variable.assign(np.array([seed[0], seed[1] << 10], variable.dtype))
        try:
            yield
        finally:
            for variable, value in zip(generators, kept, strict=True):
                variable.assign(value)


@contextlib.contextmanager
def _global_generator_kept(seed: tuple[int, int]) -> Iterator[None]:
    """On the torch backend layers without a seed of their own draw from torch's generator."""
    if keras.backend.backend() != "torch":
        yield
        return
    from parity.sides.torch_seeds import drawing

    with drawing(seed):
        yield


def _states(layer: Any) -> list[Any]:
    """Of a stateful recurrent layer, which is no statistic and moves at inference, too."""
    found: list[Any] = keras.tree.flatten(getattr(layer, "states", None) or [])
    return found
