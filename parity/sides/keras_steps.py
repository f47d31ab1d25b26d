"""The Keras side, fourth part: training steps, one by one, with shared draws."""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import keras
import numpy as np
from keras import ops

from parity.numerics import draws
from parity.records.comparison import Array, Trace
from parity.records.own_training import OwnTraining
from parity.records.training import Gradients, RandomLayer, Session, Steps, TrainingSettings, Update
from parity.records.trees import leaves
from parity.sides import (
    keras_compiled,
    keras_metrics,
    keras_preprocessed,
    keras_step_draws,
    training_file,
    twin_file,
    whole_own,
)
from parity.sides.batches import Batch, Feed, Watch, silent
from parity.sides.keras_callbacks import Callbacks
from parity.sides.keras_draws import SharedDraws, in_mode
from parity.sides.keras_fit import Fit
from parity.sides.keras_graph import Graph
from parity.sides.keras_losses import ACCURACIES, KerasLosses, arguments, steps
from parity.sides.keras_models import Held, array
from parity.sides.keras_step_draws import SAMPLES, StepDraws
from parity.sides.program import MODEL_INPUT, Ref


class KerasSteps(KerasLosses):
    def settings(self, file: str) -> TrainingSettings:
        return twin_file.read(file).settings

    def feed(self, key: str, raw: Array, labels: Array) -> None:
        held = self._held[key]
        held.raw, held.labels = raw, labels

    def compile(self, key: str, session: Session) -> None:
        held, session = self._use(key), training_file.resolved(session)
        held.aside, held.callbacks = None, None
        if session.own is not None:
            held.twin = keras_compiled.recipe(held.model, session.own)
            keras_compiled.build(held.model, held.twin)
        held.feed = Feed(held.twin, held.dtype, session, held.raw, held.labels)
        accuracy = ACCURACIES[session.task]
        trainer = steps()
        if session.own is not None:
            held.lent = None  # it begins with the model's own weights
            if keras_compiled.has_own_step(held.model):
                self._compile_own(held, session.own)
            else:
                held.shared = (
                    StepDraws(held.model, session.layers)
                    if session.is_seen
                    else SharedDraws(held.model, {x.name: x.shape for x in session.layers})
                )
                held.lent = keras_compiled.lent(held.model, held.twin, held.dtype)
                held.lent.calls = held.shared.calls
                held.stepper = trainer.Stepper(held.model, held.shared, accuracy)
            self._call_back(held, session.own)
            loop = getattr(held.stepper, "loop", trainer.Loop)
            held.loop, held.is_placed = loop(held.stepper, False), False
            return
        optimizer = held.twin.optimizer()
        held.model.compile(optimizer=optimizer, loss=held.twin.loss(), metrics=[accuracy])
        optimizer.build(held.model.trainable_variables)
        held.stepper = trainer.Stepper(held.model, held.shared, accuracy)
        held.is_placed = False
        if session.lane == "idiomatic":
            held.loop = Fit(held.model)
        else:
            held.loop = trainer.Loop(held.stepper, session.lane == "tuned", session.way)

    def _compile_own(self, held: Held, own: OwnTraining) -> None:
        """A step is made in vain, to see what it draws, and what each optimizer moves."""
        made = _own_stepper()
        assert held.feed is not None
        held.shared = StepDraws(held.model)
        few = np.arange(min(SAMPLES, own.count))
        batch = arguments(held.feed.of(few, few, 1))
        tried = keras_compiled.lent(held.model, held.twin, held.dtype, {})
        tried.calls = held.shared.calls
        with tried.entered():
            trained = made(held.model, held.shared).moved(batch)
        held.lent = keras_compiled.lent(held.model, held.twin, held.dtype, trained)
        held.lent.calls = held.shared.calls
        held.stepper = made(held.model, held.shared, list(trained))

    def _call_back(self, held: Held, own: OwnTraining) -> None:
        given = leaves(own.training.keras_callbacks)
        if given:
            with held.entered():
                held.callbacks = Callbacks(held.model, given)

    def has_own_step(self, key: str) -> bool:
        """Does the model train by a `train_step` of a person's own?"""
        return keras_compiled.has_own_step(self._held[key].model)

    def draws_within(self, key: str, shapes: Mapping[str, tuple[int, ...]]) -> bool:
        """Does a layer draw that cannot be handed its draws by its name?"""
        return bool(SharedDraws(self._held[key].model, shapes).unshared)

    def step_draws(self, key: str, session: Session) -> tuple[RandomLayer, ...]:
        """What a step of the model's own draws, or a pass in training mode, in the order in which
        it does."""
        self.compile(key, session)
        held = self._use(key)
        assert held.feed is not None
        own = held.feed.session.own
        assert own is not None
        has_own = keras_compiled.has_own_step(held.model)
        few = np.arange(min(session.batch_size if has_own else SAMPLES, own.count))
        if not has_own:
            with held.entered():
                keras_step_draws.look(held.model, held.shared, held.feed.of(few, few, 1).inputs)
        drawn = tuple(held.shared.layers)
        feed = replace(held.feed, session=replace(held.feed.session, layers=drawn))
        batch = arguments(feed.of(few, few, 1))
        with held.entered():
            if has_own:
                held.stepper.require_alike(batch)
            else:
                keras_step_draws.require_alike(held.model, held.shared, batch[0], batch[3])
        self.finish(key)
        return drawn

    def finish(self, key: str) -> None:
        self._held[key].lent = None

    def gradients(
        self, key: str, raw: Array, labels: Array, step: int, is_backwards: bool = False
    ) -> Gradients:
        held = self._use(key)
        assert held.feed is not None
        self.mark(key)
        batch = held.feed.of(raw, labels, step)
        given = arguments(batch.backwards() if is_backwards else batch)
        with held.entered():
            loss, gradients, of_inputs = held.stepper.differentiate(given)
        self.restore(key)  # statistics of a BatchNormalization moved
        names = self._trainable(held)
        unused = [layer.name for layer in held.shared.layers if layer.name not in held.shared.taken]
        return Gradients(
            float(array(loss)),
            {name: array(g).copy() for name, g in zip(names, gradients, strict=True)},
            dict(zip(_floats(batch), (array(g).copy() for g in of_inputs), strict=False)),
            tuple(unused + held.shared.unshared),
        )

    def gradients_undropped(
        self, key: str, raw: Array, labels: Array, step: int, idle: tuple[str, ...]
    ) -> Gradients:
        """`gradients`, with nothing dropped by these layers."""
        held = self._held[key]
        compiled, held.stepper = held.stepper, held.stepper.anew()
        held.shared.idle = dict.fromkeys(idle, 0.0)
        try:
            return self.gradients(key, raw, labels, step)
        finally:
            held.shared.idle, held.stepper = {}, compiled

    def updates(self, key: str, gradients: list[dict[str, Array]]) -> list[Update]:
        held = self._use(key)
        names = self._trainable(held)
        found = []
        if held.is_stepped:
            for number in range(1, len(gradients) + 1):
                self.advance(key, number, 1)
                found.append(Update(self.weights(key), self.slots(key)))
            return found
        rates = self.rates(key, len(gradients)) if held.callbacks else ()
        for number, step in enumerate(gradients):
            with held.entered():
                if rates:
                    held.model.optimizer.learning_rate = rates[number]
                held.stepper.apply([step[name] for name in names])
            is_last = step is gradients[-1]
            found.append(Update(self.weights(key), self.slots(key) if is_last else {}))
        return found

    def advance(self, key: str, first: int, count: int, progress: Watch = silent) -> Steps:
        held = self._use(key)
        assert held.feed is not None
        sizes: list[int] = []
        start = time.perf_counter()
        batches = (arguments(b) for b in held.feed.steps(first, count, sizes, progress))
        with held.entered():
            figures = (
                held.stepper.advance(batches)
                if held.callbacks is None
                else list(_followed(held, batches, first, sizes))
            )
        table = np.array([[float(array(value)) for value in row] for row in figures])
        seconds = time.perf_counter() - start
        losses, norms, accuracies = table.T
        return Steps(first, np.array(sizes), losses, norms, accuracies, seconds)

    def trace_step(self, key: str, step: int) -> Trace:
        held = self._use(key)
        assert held.feed is not None
        batch = held.feed.step(step)
        graph = Graph(held.model, batch.inputs, training=True)
        flat = enumerate(keras.tree.flatten(batch.inputs))
        values = {Ref(MODEL_INPUT, n): self._tensor_in(x, held.dtype) for n, x in flat}
        self.mark(key)
        draws = {n: ops.convert_to_tensor(d) for n, d in batch.draws.items()}
        with held.entered(), held.shared.given(draws):
            for number in range(len(graph.calls)):
                leaves = graph.execute(number, values.__getitem__, held.dtype)
                values |= {Ref(number, leaf): value for leaf, value in enumerate(leaves)}
        self.restore(key)
        calls = list(enumerate(graph.calls))
        inputs = {call.step.name: array(values[graph.takes(n)[0]]) for n, call in calls}
        outputs = {call.step.name: array(values[Ref(n)]) for n, call in calls}
        return Trace(tuple(call.step for _, call in calls), inputs, outputs, ())

    # What only this side can do.

    def random_layers(
        self, key: str, shapes: Mapping[str, tuple[int, ...]]
    ) -> tuple[RandomLayer, ...]:
        """The layers that draw in training and can be handed their draws."""
        held = self._held[key]
        shared = SharedDraws(held.model, shapes) if held.shared is None else held.shared
        return tuple(shared.layers)

    def metrics(self, key: str, raw: Array, labels: Array) -> dict[str, float]:
        held = self._use(key)
        assert held.feed is not None
        own = held.feed.session.own
        if own is None or own.training.metrics is None:
            return {}
        with held.entered():
            seen = (self._seen(held, some) for some in whole_own.batches(raw))
            return keras_metrics.figures(held.model, own.training.keras_metrics, seen)

    def _seen(self, held: Held, raw: Array) -> keras_metrics.Batch:
        """What a person's own model makes of samples, their targets and weights."""
        assert held.feed is not None
        batch = held.feed.of(raw, raw, 1)
        inputs = keras.tree.map_structure(ops.convert_to_tensor, batch.inputs)
        output = held.model(inputs, **in_mode(held.model, False))
        return output, batch.target, batch.weights

    def preprocess(self, function: Any, raw: Any) -> Array:
        return keras_preprocessed.in_float32(training_file.held(function), raw)


def _floats(batch: Batch) -> list[str]:
    """The names of the inputs that are numbers."""
    is_named = isinstance(batch.inputs, dict)
    # As Keras's trees are flattened: dictionaries in the order of their sorted keys.
    named = sorted(batch.inputs.items()) if is_named else enumerate(leaves(batch.inputs))
    return [str(name) for name, x in named if np.issubdtype(x.dtype, np.floating)]


def _followed(
    held: Held, batches: Iterable[Any], first: int, sizes: list[int]
) -> Iterator[tuple[Any, Any, Any]]:
    """What each step comes to, while callbacks are told of epochs. sizes: of the batches so far."""
    assert held.feed is not None
    assert held.callbacks is not None
    epoch = draws.steps_per_epoch(len(held.feed.raw), held.feed.session.batch_size)
    for step, batch in enumerate(batches, first):
        held.callbacks.begin(step, epoch)
        (figures,) = held.stepper.advance([batch])
        held.callbacks.end(step, epoch, float(array(figures[0])), sizes[-1])
        yield figures


def _own_stepper() -> Any:
    """What runs a model's own `train_step` on Keras's backend."""
    if keras.backend.backend() == "jax":
        from parity.sides.keras_own_step_on_jax import OwnStepperOnJax

        return OwnStepperOnJax
    from parity.sides.keras_own_step import OwnStepper

    return OwnStepper
