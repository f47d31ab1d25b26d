"""The Keras side, first part: models that are built, run and read, on any of Keras's backends."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np
from keras import ops
from keras.src.ops.operation import Operation

from parity.errors import ModelError
from parity.numerics.initial import is_undrawn
from parity.records.answers import Answer
from parity.records.comparison import Array, Dtype, LowPrecision, Step, Trace
from parity.records.inputs import InputSpec
from parity.records.pair import Source, is_twin_file
from parity.records.training import RandomLayer
from parity.sides import (
    keras_backend,
    keras_inference_draws,
    keras_inputs,
    keras_inside,
    keras_names,
    keras_plain,
    keras_sources,
    modules,
    places,
    twin_file,
)
from parity.sides.batches import Feed, nothing
from parity.sides.keras_callbacks import Callbacks
from parity.sides.keras_draws import SharedDraws
from parity.sides.keras_graph import Graph
from parity.sides.keras_lent import Lent
from parity.sides.keras_training import TrainingGraph
from parity.sides.program import name_of
from parity.sides.twin_file import TwinFile
from parity.sides.verbs import Inputs
from parity.sides.walking import Walk, Walking, in_training

PREDICT_BATCH = 1000


State = tuple[list[Array], Any]  # of a training: all variables, and what callbacks keep


@dataclass
class Held:
    """A model under a key, with what training it needs."""

    twin: TwinFile
    model: Any
    dtype: Dtype
    shared: Any  # SharedDraws of a model that is trained here
    restore: Callable[[], None]  # hands the model back as it came
    raw: Array = field(default_factory=nothing)
    labels: Array = field(default_factory=nothing)
    feed: Feed | None = None
    stepper: Any = None
    marked: State | None = None
    aside: tuple[State, State | None] | None = None  # another state, and its mark
    callbacks: Callbacks | None = None  # of a training that has some
    loop: Any = None  # of the session's lane
    lent: Lent | None = None  # a training of a person's own model, which several share
    specs: dict[tuple[int, ...] | None, dict[str, InputSpec]] = field(default_factory=dict)
    losses: dict[tuple[int, ...], tuple[Any, Any]] = field(
        default_factory=dict
    )  # by a sample's shape
    is_placed: bool = False  # do the samples lie where the loop takes them from?

    @property
    def is_stepped(self) -> bool:
        """Has a side a training step of its own, so that steps are compared whole?"""
        own = self.feed.session.own if self.feed else None
        return own is not None and own.is_stepped

    def entered(self) -> AbstractContextManager[None]:
        """The model holds the weights that are trained under this key."""
        return nullcontext() if self.lent is None else self.lent.entered()


class KerasModels(Walking):
    name = "keras"

    def __init__(self, device: str = "cpu") -> None:
        """device: "cpu", "cuda", or "auto" for cuda where there is one."""
        self._device = keras_backend.configure(device)
        self._policy = keras.config.floatx(), keras.config.dtype_policy()
        self._held: dict[str, Held] = {}
        self._walks: dict[str, Walk] = {}

    def describe(self) -> dict[str, Any]:
        return {
            "keras": keras.__version__,
            "keras_backend": keras.backend.backend(),
            **keras_backend.versions(),
            "keras_device": self._device,
            "device": self._device,
            "threads": keras_backend.threads(),
            "tf32": False,
        }

    def open(
        self, key: str, source: Source, dtype: Dtype = "float32", seed: int = 0, weights: str = ""
    ) -> None:
        """Hold the model that `source` is or names under `key`.

        dtype: of a twin file's model. seed: of the weights of what is built here. weights: a file
        to read. Raises ModelError where there is no such model, or the file does not fit.
        """
        twin = twin_file.read(source) if is_twin_file(source) else twin_file.NONE
        if not isinstance(source, keras.Layer):
            self._begin(dtype if is_twin_file(source) else None)
            keras.utils.set_random_seed(seed)
        with places.noting(Operation):
            model = twin.build() if is_twin_file(source) else keras_sources.find(source)
        if weights:
            keras_sources.read_weights(model, weights)
        shared = SharedDraws(model).install() if is_twin_file(source) else None
        self._held[key] = Held(twin, model, dtype, shared, keras_plain.as_it_is(model))
        if isinstance(source, modules.Factory):
            self.assign(key, source.weights)

    def share(self, key: str, other: str, dtype: Dtype) -> None:
        held = self._held[key]
        self._held[other] = Held(held.twin, held.model, dtype, held.shared, lambda: None)

    def close(self, key: str) -> None:
        if key in self._held:
            self._held.pop(key).restore()
        self._forget(key)

    def _begin(self, dtype: Dtype | None) -> None:
        """What is built next has this float type, or the one that Keras began with."""
        if dtype is not None:
            _use(dtype)
            return
        floatx, policy = self._policy
        keras.config.set_floatx(floatx)
        keras.config.set_dtype_policy(policy)

    def weights(self, key: str, names: Sequence[str] | None = None) -> dict[str, Array]:
        held = self._held[key]
        chosen = None if names is None else set(names)
        with held.entered():
            return {
                name: array(v.value).copy()
                for name, v in keras_names.named(held.model).items()
                if chosen is None or name in chosen
            }

    def assign(self, key: str, weights: dict[str, Array]) -> None:
        held = self._held[key]
        variables = keras_names.named(held.model)
        with held.entered():
            for path, array in weights.items():
                if tuple(variables[path].shape) != array.shape:
                    raise ModelError(f"`{path}`: got {array.shape}, need {variables[path].shape}")
                variables[path].assign(array)

    def prepared(self, key: str, raw: Array) -> Array:
        held = self._held[key]
        inputs: Array = held.twin.prepare(raw, held.dtype)
        return inputs

    def present(self, key: str, inputs: Inputs, training: bool = False) -> Trace:
        held = self._held[key]
        kind = TrainingGraph if training else Graph
        graph = kind(held.model, keras_sources.arranged(held.model, inputs))
        key = in_training(key) if training else key
        self._enter(key, graph, list(inputs.values()))
        steps = self._shaped(key, graph)
        results = tuple(name_of(ref, graph.calls) for ref in graph.outputs)
        owned = tuple(graph.variable(v) for v in held.model.variables)
        return Trace(steps, {}, {}, owned, results=results, keys=graph.keys)

    def answer(
        self, key: str, inputs: Inputs, dtype: Dtype, then: Inputs | None = None
    ) -> tuple[Answer, ...]:
        held = self._held[key]
        row = [self._arranged(held, x, dtype) for x in (inputs, then) if x is not None]
        return keras_plain.answers(held.model, row, dtype, held.twin.predicted)

    def low_answer(self, key: str, inputs: Inputs, dtype: LowPrecision) -> Answer:
        held = self._held[key]
        given = self._arranged(held, inputs, "float32")
        return keras_plain.low_answer(held.model, given, dtype, held.twin.predicted)

    def predict(self, key: str, raw: Array, noise_key: tuple[int, ...] | None) -> Array:
        held = self._use(key)
        return self._predict(held, held.twin.inputs(raw, held.dtype, noise_key))

    def _predict(self, held: Held, x: Array) -> Array:
        output = held.model.predict(x, batch_size=PREDICT_BATCH, verbose=0)
        return array(held.twin.predicted(output))

    # What only this side can do.

    def input_specs(self, key: str, shape: tuple[int, ...] | None = None) -> dict[str, InputSpec]:
        held = self._held[key]
        if shape not in held.specs:
            held.specs[shape] = keras_inputs.specs(held.model, shape)
        return held.specs[shape]

    def drawn(self, key: str, inputs: Inputs) -> tuple[RandomLayer, ...]:
        model = self._held[key].model
        return keras_inference_draws.look(model, keras_sources.arranged(model, inputs))

    def inside(
        self,
        key: str,
        steps: Sequence[str],
        feeds: Mapping[str, Array],
        result: str,
        sizes: Collection[int],
    ) -> list[Array]:
        with keras_inside.noted(sizes) as found:
            self.alone(key, steps, feeds, result, "float64")
        return found

    def constant_weights(self, key: str) -> dict[str, Array]:
        """The weights that no initialiser drew, as biases and statistics are at first."""
        found = (
            (name, array(v.value))
            for name, v in keras_names.named(self._held[key].model).items()
            if v.dtype.startswith("float") and "seed_generator" not in v.path
        )
        return {name: value.copy() for name, value in found if is_undrawn(name, value)}

    def save(self, key: str, path: str) -> None:
        """Write the model as `.keras`, or its weights as Keras's own `.weights.h5`."""
        model = self._held[key].model
        (model.save if path.endswith(".keras") else model.save_weights)(path)

    def _use(self, key: str) -> Held:
        held = self._held[key]
        _use(held.dtype)
        return held

    def _shaped(self, key: str, graph: Graph) -> tuple[Step, ...]:
        """The steps; where Keras leaves a size open, a pass tells it."""
        steps = [call.step for call in graph.calls]
        if all(size is not None for step in steps for size in step.shape):
            return tuple(steps)
        names = [step.name for step in steps]
        self.begin(key, names)
        shapes = [values["float32"].shape for values in self.reach(key, names)]
        return tuple(replace(step, shape=shape) for step, shape in zip(steps, shapes, strict=True))

    def _arranged(self, held: Held, inputs: Inputs, dtype: Dtype) -> Any:
        tensors = {name: self._tensor_in(array, dtype) for name, array in inputs.items()}
        return keras_sources.arranged(held.model, tensors)

    def _tensor_in(self, array: Array, dtype: Dtype) -> Any:
        is_float = np.issubdtype(array.dtype, np.floating)
        return ops.convert_to_tensor(array.astype(dtype) if is_float else array)

    def _array_of(self, value: Any) -> Array:
        return array(value).copy()


def _use(dtype: Dtype) -> None:
    """Keras's global float type: some operations take it from here, not from their arguments."""
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)


def array(tensor: Any) -> Array:
    return np.asarray(ops.convert_to_numpy(tensor))
