"""The Keras side, second part: training steps, one by one, with shared draws."""

import importlib
import time
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras import ops

from parity.records.comparison import Array, Trace
from parity.records.training import Gradients, RandomLayer, Session, Steps, TrainingSettings, Update
from parity.sides import twin_file
from parity.sides.batches import Batch, Feed, Watch, silent
from parity.sides.keras_fit import Fit
from parity.sides.keras_graph import Graph
from parity.sides.keras_models import Held, KerasModels, array
from parity.sides.program import MODEL_INPUT, Ref

GLOBAL = ""  # the owner of slots that belong to no variable: iterations, Nadam's product

Slots = dict[str, dict[str, Array]]  # role -> variable -> value


class KerasSteps(KerasModels):
    def settings(self, file: str) -> TrainingSettings:
        return twin_file.read(file).settings

    def feed(self, key: str, raw: Array, labels: Array) -> None:
        held = self._held[key]
        held.raw, held.labels = raw, labels

    def compile(self, key: str, session: Session) -> None:
        held = self._use(key)
        held.feed = Feed(held.twin, held.dtype, session, held.raw, held.labels)
        accuracy = _class_accuracy if session.task == "classify" else _pixel_accuracy
        optimizer = held.twin.optimizer()
        held.model.compile(optimizer=optimizer, loss=held.twin.loss(), metrics=[accuracy])
        optimizer.build(held.model.trainable_variables)
        steps = importlib.import_module(f"parity.sides.keras_on_{keras.backend.backend()}")
        held.stepper = steps.Stepper(held.model, held.shared, accuracy)
        held.is_placed = False
        if session.lane == "idiomatic":
            held.loop = Fit(held.model)
        else:
            held.loop = steps.Loop(held.stepper, session.lane == "tuned")

    def hyperparameters(self, key: str) -> dict[str, Any]:
        optimizer = self._held[key].model.optimizer
        settings = optimizer.get_config()
        settings.pop("name")
        return {"optimizer": type(optimizer).__name__, **settings}

    def losses(self, key: str, values: Array, raw: Array, labels: Array) -> dict[str, float]:
        held = self._use(key)
        probe = _loss_alone(held, values.shape[1:])
        target = held.twin.target(raw, labels, held.dtype)
        return dict(probe.evaluate(values, target, len(values), verbose=0, return_dict=True))

    def gradients(
        self, key: str, raw: Array, labels: Array, step: int, is_backwards: bool = False
    ) -> Gradients:
        held = self._use(key)
        assert held.feed is not None
        self.mark(key)
        batch = held.feed.of(raw, labels, step)
        given = _arguments(batch.backwards() if is_backwards else batch)
        loss, gradients, of_input = held.stepper.differentiate(given)
        self.restore(key)  # statistics of a BatchNormalization moved
        names = [variable.path for variable in held.model.trainable_variables]
        unused = [layer.name for layer in held.shared.layers if layer.name not in held.shared.taken]
        return Gradients(
            float(array(loss)),
            {name: array(g).copy() for name, g in zip(names, gradients, strict=True)},
            array(of_input).copy(),
            tuple(unused + held.shared.unshared),
        )

    def updates(self, key: str, gradients: list[dict[str, Array]]) -> list[Update]:
        held = self._use(key)
        names = [variable.path for variable in held.model.trainable_variables]
        found = []
        for step in gradients:
            held.stepper.apply([step[name] for name in names])
            is_last = step is gradients[-1]
            found.append(Update(self.weights(key), self.slots(key) if is_last else {}))
        return found

    def advance(self, key: str, first: int, count: int, progress: Watch = silent) -> Steps:
        held = self._use(key)
        assert held.feed is not None
        sizes: list[int] = []
        start = time.perf_counter()
        batches = (_arguments(b) for b in held.feed.steps(first, count, sizes, progress))
        figures = held.stepper.advance(batches)
        table = np.array([[float(array(value)) for value in row] for row in figures])
        seconds = time.perf_counter() - start
        losses, norms, accuracies = table.T
        return Steps(first, np.array(sizes), losses, norms, accuracies, seconds)

    def slots(self, key: str) -> Slots:
        found: Slots = {}
        for slot, role, owner in _slots(self._held[key].model):
            found.setdefault(role, {})[owner] = array(slot.value).copy()
        return found

    def trace_step(self, key: str, step: int) -> Trace:
        held = self._use(key)
        assert held.feed is not None
        batch = held.feed.step(step)
        graph = Graph(held.model, batch.inputs, training=True)
        values = {Ref(MODEL_INPUT): self._tensor_in(batch.inputs, held.dtype)}
        self.mark(key)
        with held.shared.given({n: ops.convert_to_tensor(d) for n, d in batch.draws.items()}):
            for number in range(len(graph.calls)):
                leaves = graph.execute(number, values.__getitem__, held.dtype)
                values |= {Ref(number, leaf): value for leaf, value in enumerate(leaves)}
        self.restore(key)
        calls = list(enumerate(graph.calls))
        inputs = {call.step.name: array(values[graph.takes(n)[0]]) for n, call in calls}
        outputs = {call.step.name: array(values[Ref(n)]) for n, call in calls}
        return Trace(tuple(call.step for _, call in calls), inputs, outputs, ())

    def mark(self, key: str) -> None:
        held = self._held[key]
        held.marked = _state(held)

    def restore(self, key: str) -> None:
        held = self._use(key)
        assert held.marked is not None
        _go_to(held, held.marked)

    def adopt(self, key: str, weights: dict[str, Array], slots: Slots) -> None:
        self._use(key)
        self.assign(key, weights)
        for slot, role, owner in _slots(self._held[key].model):
            if role in slots:
                slot.assign(slots[role][owner])

    # What only this side can do.

    def swap(self, key: str) -> None:
        held = self._use(key)
        here = _state(held), held.marked
        values, held.marked = held.aside or here
        _go_to(held, values)
        held.aside = here

    def random_layers(self, key: str) -> tuple[RandomLayer, ...]:
        """The layers that draw in training and can be handed their draws."""
        return tuple(self._held[key].shared.layers)

    def loss_leak(self, key: str) -> bool:
        """Does the loss of a float64 model, compiled as in training, average in float32?

        Its value for a sample of one pixel, all of whose channels are averaged, is a float32
        number then: 29 bits of the mantissa are zero.
        """
        held = self._use(key)
        if held.dtype != "float64":
            return False
        shape = held.model.layers[-1].output.shape
        values = np.random.default_rng(0).standard_normal((1, *(1 for _ in shape[2:]), shape[-1]))
        probe = _loss_alone(held, values.shape[1:])
        target = np.exp(values) / np.exp(values).sum(axis=-1, keepdims=True)
        loss = probe.evaluate(values, target, verbose=0, return_dict=True)["loss"]
        return bool(np.float32(loss).astype(np.float64) == loss)


def _slots(model: Any) -> Iterator[tuple[Any, str, str]]:
    """The optimizer's own variables: each with its role and the path of the weight it serves."""
    owners = {v.path.replace("/", "_") + "_": v.path for v in model.trainable_variables}
    for slot in model.optimizer.variables:
        owner = next((own for own in owners if slot.name.startswith(own)), GLOBAL)
        if slot.name != "learning_rate":
            yield slot, slot.name.removeprefix(owner), owners.get(owner, GLOBAL)


def _loss_alone(held: Held, shape: tuple[int, ...]) -> Any:
    """A model that is the last activation, with the loss of the whole, made once.

    Keras compiles it as it compiles the whole, and so finds the logits behind a softmax or a
    sigmoid where it would.
    """
    if shape in held.losses:
        return held.losses[shape]
    last = held.model.layers[-1]
    own = last.activation if hasattr(last, "kernel") else last
    layer = own if isinstance(own, keras.layers.Layer) else keras.layers.Activation(own)
    probe = keras.Sequential([keras.layers.Input(shape), layer])
    probe.compile(loss=held.twin.loss(), metrics=["accuracy"])
    held.losses[shape] = probe
    return probe


def _everything(held: Held) -> list[Any]:
    """Every variable that training moves."""
    optimizer = held.model.optimizer
    return [*held.model.variables, *(optimizer.variables if optimizer else [])]


def _state(held: Held) -> list[Array]:
    return [array(variable.value).copy() for variable in _everything(held)]


def _go_to(held: Held, values: list[Array]) -> None:
    for variable, value in zip(_everything(held), values, strict=True):
        variable.assign(value)


def _arguments(batch: Batch) -> tuple[Array, Array, dict[str, Array]]:
    """What a stepper takes."""
    return batch.inputs, batch.target, batch.draws


def _class_accuracy(y_true: Any, y_pred: Any) -> Any:
    """The running accuracy of one batch; parity/numerics/metrics.py is its definition."""
    return ops.equal(ops.argmax(y_true, axis=-1), ops.argmax(y_pred, axis=-1))


def _pixel_accuracy(y_true: Any, y_pred: Any) -> Any:
    """The running accuracy of one batch; parity/numerics/metrics.py is its definition."""
    return ops.equal(y_true > 0.5, y_pred > 0.5)
