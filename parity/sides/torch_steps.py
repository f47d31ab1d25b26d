"""The PyTorch side, second part: training steps, one by one, with shared draws."""

import contextlib
import copy
import time
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from parity import semantics
from parity.records.comparison import Array, Trace
from parity.records.interventions import Ahead
from parity.records.training import (
    Gradients,
    Otherwise,
    Remade,
    Session,
    Steps,
    TrainingSettings,
    Update,
)
from parity.records.trees import mapped
from parity.semantics import conventions
from parity.semantics.metrics import accuracy as kerass_accuracy
from parity.sides import (
    reckoned,
    torch_lanes,
    torch_naive,
    torch_own,
    torch_remade,
    torch_stepped,
    training_file,
    twin_file,
)
from parity.sides.batches import Batch, Feed, Watch, silent
from parity.sides.functions import FUNCTIONS
from parity.sides.torch_draws import SharedDraws, in_torch_layout
from parity.sides.torch_hits import hits
from parity.sides.torch_models import Held, TorchModels, array
from parity.sides.torch_plain import Widened
from parity.sides.torch_trained import Lent

GLOBAL = ""  # the owner of slots that belong to no parameter: iterations, Nadam's product

Slots = dict[str, dict[str, Array]]  # role -> parameter -> value


@dataclass(frozen=True)
class OnDevice:
    """A step's batch as tensors, and its draws. inputs: of a live module, by name."""

    inputs: Any
    target: Any
    weights: Any
    shared: SharedDraws

    def named(self) -> list[tuple[str, Tensor]]:
        """The inputs by name."""
        is_named = isinstance(self.inputs, dict)
        return list(self.inputs.items()) if is_named else [("0", self.inputs)]


class TorchSteps(TorchModels):
    def settings(self, file: str) -> TrainingSettings:
        return twin_file.read(file).settings

    def feed(self, key: str, raw: Array, labels: Array) -> None:
        held = self._held[key]
        held.raw, held.labels = raw, labels

    def compile(self, key: str, session: Session) -> None:
        held, session = self._held[key], training_file.resolved(session)
        conventions.use(session.keras_backend)
        if session.own is not None:
            prediction = held.twin.prediction
            held.twin = held.data = replace(torch_own.recipe(session.own), prediction=prediction)
            held.feed = Feed(held.data, held.dtype, session, held.raw, held.labels)
            held.loss = held.twin.loss()
            held.lent = Lent(held.model, held.overridden, held.dtype, session.own.training)
            held.optimizer = held.lent.optimizers[0]
            held.is_widened = held.dtype == "float64" and not self._runs(key, session.own.count)
            return
        held.feed = Feed(held.data, held.dtype, session, held.raw, held.labels)
        held.loss = held.twin.loss()
        held.optimizer = held.twin.optimizer(held.model.parameters())
        held.is_placed = False
        held.loop = torch_lanes.lane(session.lane)(held, self._device)

    def _runs(self, key: str, count: int) -> bool:
        """Does a step run as it is written? Where a person's code names float32, or holds it in
        tensors that are no buffers, it does not in float64."""
        few = np.arange(min(2, count))
        try:
            self.gradients(key, few, few, 1)
        except (RuntimeError, TypeError):  # of two float types that meet
            self._held[key].model.zero_grad()
            return False
        return True

    def do_otherwise(self, key: str, otherwise: Otherwise) -> None:
        self._held[key].otherwise = otherwise

    def rates(self, key: str, count: int) -> tuple[float, ...]:
        """The learning rates of steps 1, 2, ... of a fresh training."""
        held = self._held[key]
        assert held.optimizer is not None
        found = []
        self.mark(key)
        with held.entered(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # no step is made here
            if held.lent is not None:
                held.lent.begin()
            for step in range(1, count + 1):
                found.append(float(held.optimizer.param_groups[0]["lr"]))
                self._schedule(held, step)
        self.restore(key)
        return tuple(found)

    def finish(self, key: str) -> None:
        self._held[key].lent = None

    def hyperparameters(self, key: str) -> dict[str, Any]:
        held = self._held[key]
        assert held.optimizer is not None
        optimizer = held.optimizer
        with held.entered():
            group = {n: v for n, v in optimizer.param_groups[0].items() if not _is_state(v)}
        group.pop("params")
        kind = type(optimizer)
        return {"optimizer": kind.__name__, "module": kind.__module__, **group}

    def losses(
        self,
        key: str,
        values: Array,
        output: Array,
        raw: Array,
        labels: Array,
        ahead: Ahead | None = None,
    ) -> dict[str, float]:
        """The loss and the accuracy of what the model gives.

        values: before the last activation; output: what the model makes of them. ahead: what stands
        ahead of the loss, or in its place, in a diagnosis.
        """
        held = self._held[key]
        assert held.loss is not None
        target = self._tensor(held.data.target(raw, labels, held.dtype))
        with torch.no_grad():
            given = self._tensor(output)
            if ahead is not None and ahead.of == "loss":
                loss = getattr(semantics, ahead.name)(**ahead.settings)(
                    self._tensor(values), target
                )
            else:
                target = _ahead(ahead, "target", target)
                loss = held.loss(_ahead(ahead, "prediction", given), target)
            prediction = _channels_last(held.twin.predicted(given))
            metric = kerass_accuracy(target.shape, prediction.shape)
            metric.update(prediction, _channels_last(target))
        return {"loss": float(loss), "accuracy": float(metric.result())}

    def gradients(
        self, key: str, raw: Array, labels: Array, step: int, is_backwards: bool = False
    ) -> Gradients:
        held = self._held[key]
        assert held.feed is not None
        self.mark(key)
        batch = held.feed.of(raw, labels, step)
        with held.entered():
            given = self._batch(held, batch.backwards() if is_backwards else batch)
            watched = {n: x.requires_grad_() for n, x in given.named() if x.is_floating_point()}
            held.model.zero_grad()
            if held.is_stepped:
                watched = {}
                loss, taken = self._stepped(held, given)
                found = {
                    name: array(taken[name] if name in taken else torch.zeros_like(p))
                    for name, p in held.model.named_parameters()
                }
            else:
                loss, _ = self._backward(held, given)
                found = {name: _gradient(p) for name, p in held.model.named_parameters()}
            held.model.zero_grad()
            held.model.eval()
        self.restore(key)  # statistics of a batch normalisation moved
        of_inputs = {name: _gradient(x) for name, x in watched.items()}
        return Gradients(float(loss.detach()), found, of_inputs, given.shared.unused)

    def updates(self, key: str, gradients: list[dict[str, Array]]) -> list[Update]:
        held = self._held[key]
        assert held.optimizer is not None
        found = []
        if held.is_stepped:
            for number in range(1, len(gradients) + 1):
                with held.entered():
                    if held.moved is None or held.moved:  # what is left is another gate's
                        held.model.zero_grad()
                self.advance(key, number, 1)
                found.append(Update(self.weights(key), self.slots(key)))
            return found
        with held.entered():
            for step in gradients:
                for name, parameter in held.model.named_parameters():
                    # One that answers nothing of Keras's has none, and is not moved.
                    parameter.grad = self._tensor(step[name]) if name in step else None
                self._set_rate(held, len(found) + 1)
                held.optimizer.step()
                self._schedule(held, len(found) + 1)
                is_last = step is gradients[-1]
                found.append(Update(self.weights(key), self.slots(key) if is_last else {}))
            held.model.zero_grad()
        return found

    def _schedule(self, held: Held, step: int) -> None:
        """After a step, and with which an epoch may end."""
        parameters = dict(held.model.named_parameters())
        with torch.no_grad():
            for name, kind, settings in held.otherwise.constraints:
                # In the place of whatever the port did to it behind the optimizer's step.
                left = (held.moved or {}).get(name, parameters[name])
                parameters[name].copy_(reckoned.held(left, kind, **settings))
        if held.lent is not None and held.feed is not None:
            held.lent.scheduled(held.feed.ends_epoch(step))

    def _stepped(self, held: Held, batch: OnDevice) -> tuple[Tensor, dict[str, Tensor]]:
        """A step of the port's own, and the gradients that its optimizers were given."""
        assert held.lent is not None
        assert held.feed is not None
        own = held.feed.session.own
        assert own is not None
        assert own.training.step is not None
        ask = held.otherwise
        target = batch.target
        if ask.target is not None and ask.target[0] != "like":
            target = reckoned.wanted(ask.target, target, None)
        given = torch_own.batch(own, batch.inputs, target, batch.weights)
        if ask.is_clear:
            held.model.zero_grad()
        with self._in_person(held, batch), torch_stepped.in_training(held.model, ask.is_training):
            hook = held.model.register_forward_hook(
                lambda module, args, output: reckoned.predicted(ask.prediction, output)
            )
            try:
                step = torch_own.stepping(own.training.step, held.lent.arranged)
                found = torch_stepped.run(step, held.model, given, held.lent.optimizers)
            finally:
                hook.remove()
        loss, gradients, held.moved = found
        return loss, gradients

    def _set_rate(self, held: Held, step: int) -> None:
        """Where a diagnosis says what it is."""
        if held.otherwise.rates:
            for optimizer in filter(None, (*held.optimizers, held.optimizer)):
                for group in optimizer.param_groups:
                    group["lr"] = held.otherwise.rates[step - 1]

    @contextmanager
    def _in_person(self, held: Held, batch: OnDevice) -> Iterator[None]:
        """Run a person's own code with the draws of a step."""
        with contextlib.ExitStack() as stack:
            if held.is_widened:
                stack.enter_context(Widened())
            if batch.shared.unused:
                stack.enter_context(batch.shared)
            yield

    def updates_under(
        self,
        key: str,
        weights: dict[str, Array],
        gradients: list[dict[str, Array]],
        wanted: Remade,
    ) -> list[Update]:
        """`updates` from these weights on, by the port's optimizer made otherwise."""
        held = self._held[key]
        self.assign(key, weights)
        kept = held.optimizer
        with held.entered():
            if held.lent is not None:
                held.lent.begin()
                with held.lent.remade(wanted):
                    return self.updates(key, gradients)
            parameters = list(held.model.parameters())
            fresh = held.twin.optimizer(parameters)
            held.optimizer = torch_remade.remade(fresh, parameters, wanted)
            try:
                return self.updates(key, gradients)
            finally:
                held.optimizer = kept

    def advance(self, key: str, first: int, count: int, progress: Watch = silent) -> Steps:
        held = self._held[key]
        assert held.optimizer is not None
        assert held.feed is not None
        self._synchronise()
        start = time.perf_counter()
        sizes: list[int] = []
        figures = []  # read out at the end: a number read at every step would be waited for
        with held.entered():
            held.model.train()
            for place, numbers in enumerate(held.feed.steps(first, count, sizes, progress), first):
                batch = self._batch(held, numbers)
                self._set_rate(held, place)
                if held.is_stepped:
                    held.model.train()
                    loss, gradients = self._stepped(held, batch)
                    norm, accuracy = _norm(gradients.values()), torch.zeros(())
                    self._schedule(held, place)
                else:
                    held.optimizer.zero_grad(set_to_none=True)
                    loss, output = self._backward(held, batch)
                    norm = _norm(p.grad for p in held.model.parameters() if p.grad is not None)
                    held.optimizer.step()
                    self._schedule(held, place)
                    accuracy = hits(held, output, batch.target)
                figures.append(torch.stack([loss.detach().double(), norm, accuracy.double()]))
            held.model.eval()
        table = array(torch.stack(figures))
        seconds = time.perf_counter() - start
        losses, norms, accuracies = table.T
        return Steps(first, np.array(sizes), losses, norms, accuracies, seconds)

    def slots(self, key: str) -> Slots:
        held = self._held[key]
        assert held.optimizer is not None
        found: Slots = {}
        with held.entered():
            for optimizer in held.optimizers:
                for name, parameter in held.model.named_parameters():
                    for role, value in optimizer.state.get(parameter, {}).items():
                        if isinstance(value, Tensor):
                            found.setdefault(role, {})[name] = array(value)
                for role, value in optimizer.param_groups[0].items():
                    if isinstance(value, Tensor):
                        found.setdefault(role, {})[GLOBAL] = array(value)
        return found

    def trace_step(self, key: str, step: int) -> Trace:
        held = self._held[key]
        assert held.feed is not None
        self.mark(key)
        with held.entered():
            given = self._batch(held, held.feed.step(step))
            held.model.train()
            with given.shared:
                _, found = self._record(held, given.inputs)
            held.model.eval()
        self.restore(key)
        return found

    def mark(self, key: str) -> None:
        held = self._held[key]
        with held.entered():
            scheduler = held.lent and held.lent.scheduler
            state = {
                "model": self.weights(key),
                "optimizers": [x.state_dict() for x in held.optimizers],
                "scheduler": scheduler.state_dict() if scheduler else {},
                "gradients": [p.grad for p in held.model.parameters()] if held.is_stepped else [],
            }
            held.marked = copy.deepcopy(state)
            if held.lent:
                held.marked["attributes"] = held.lent.attributes

    def restore(self, key: str) -> None:
        held = self._held[key]
        assert held.marked is not None
        self.assign(key, held.marked["model"])
        with held.entered():
            marked = copy.deepcopy({n: x for n, x in held.marked.items() if n != "attributes"})
            for optimizer, state in zip(held.optimizers, marked["optimizers"], strict=True):
                optimizer.load_state_dict(state)
            for parameter, gradient in zip(
                held.model.parameters(), marked["gradients"], strict=False
            ):
                parameter.grad = gradient
            if held.lent:
                held.lent.restore(held.marked["attributes"])
            if held.lent and held.lent.scheduler:
                held.lent.scheduler.load_state_dict(marked["scheduler"])

    def adopt(self, key: str, weights: dict[str, Array], slots: Slots) -> None:
        self.assign(key, weights)
        held = self._held[key]
        names = dict(held.model.named_parameters())
        with held.entered():
            for optimizer in held.optimizers:
                own = {id(p) for group in optimizer.param_groups for p in group["params"]}
                for role, of in slots.items():
                    for name, value in of.items():
                        if name == GLOBAL:
                            for group in optimizer.param_groups:
                                _put(group, role, value, like=None)
                        elif id(names[name]) in own:
                            _put(optimizer.state[names[name]], role, value, like=names[name])

    def whole_loss(self, key: str, raw: Array, labels: Array) -> float:
        """The loss of a batch at inference, from the module's inputs on."""
        held = self._held[key]
        assert held.feed is not None
        if held.feed.session.own is not None and held.feed.session.own.is_stepped:
            return self.gradients(key, raw, labels, 1).loss
        with held.entered(), torch.no_grad():
            batch = self._batch(held, held.feed.of(raw, labels, 1))
            return float(self._backward(held, batch, training=False)[0])

    def loss_name(self, key: str) -> str:
        """What the loss is called."""
        return self._held[key].twin.settings.loss

    # What only this side can do.

    def translate_naively(self, key: str, parts: tuple[str, ...]) -> None:
        """Put PyTorch's conventions in place of Keras's in a compiled model.

        parts: any of "optimizer" (torch's Adam), "epsilon" (the same with Keras's epsilon),
        "loss" (the textbook's), "weights" (torch's initialisation); others are left alone.
        """
        held = self._held[key]
        assert held.feed is not None
        if "optimizer" in parts or "epsilon" in parts:
            epsilon = 1e-7 if "epsilon" in parts else None
            held.optimizer = torch_naive.optimizer(held.model.parameters(), epsilon)
        if "loss" in parts:
            held.loss = torch_naive.loss(held.twin)
        if "weights" in parts:
            torch.manual_seed(held.feed.session.seed)
            torch_naive.reset(held.model)

    def _backward(self, held: Held, batch: OnDevice, training: bool = True) -> tuple[Tensor, Any]:
        """The loss of a batch, in training mode differentiated; and the model's output."""
        held.model.train(training)
        loss, output = self._forward(held, batch)
        if training:
            loss.backward()  # type: ignore[no-untyped-call]
        return loss, output

    def _forward(self, held: Held, batch: OnDevice) -> tuple[Tensor, Any]:
        assert held.loss is not None
        ask = held.otherwise
        weights = [] if batch.weights is None else [batch.weights]
        with self._in_person(held, batch):
            output = torch_own.called(held.model, batch.inputs)
            found = reckoned.predicted(ask.prediction, output)
            target = reckoned.wanted(ask.target, batch.target, found)
            if ask.weighed is None:
                return held.loss(found, target, *weights), output
            each = [
                w * held.loss(found[n : n + 1], target[n : n + 1])
                for n, w in enumerate(self._tensor(ask.weighed).to(found.dtype))
            ]
            return torch.stack(each).mean(), output

    def _batch(self, held: Held, numbers: Batch) -> OnDevice:
        """A step's batch on the device."""
        assert held.feed is not None
        layers = held.feed.session.layers
        drawn = [in_torch_layout(layer, numbers.draws[layer.name]) for layer in layers]
        shared = SharedDraws(layers, [self._tensor(draw) for draw in drawn])
        whole = numbers.inputs, numbers.target, numbers.weights
        inputs, target, weights = (mapped(self._tensor, tree) for tree in whole)
        return OnDevice(inputs, target, weights, shared)


def _ahead(ahead: Ahead | None, of: str, x: Tensor) -> Tensor:
    return FUNCTIONS[ahead.name](x, **ahead.settings) if ahead and ahead.of == of else x


def _norm(gradients: Iterable[Tensor]) -> Tensor:
    """The L2 norm of all gradients together, float64."""
    gradients = (torch_stepped.dense(gradient) for gradient in gradients)
    norms = [torch.linalg.vector_norm(gradient, dtype=torch.float64) for gradient in gradients]
    total: Tensor = torch.linalg.vector_norm(torch.stack(norms))
    return total


def _put(place: dict[str, Any], role: str, value: Array, like: Tensor | None) -> None:
    """Set a number or tensor of an optimizer's state, which may not have made a step yet."""
    tensor = torch.as_tensor(value)
    if role in place and isinstance(place[role], Tensor):
        place[role].copy_(tensor)
    elif like is not None and tensor.ndim:
        place[role] = torch.empty_like(like).copy_(tensor)  # in the weight's memory format
    else:
        place[role] = tensor.clone()


def _gradient(tensor: Tensor) -> Array:
    """What no gradient reaches, as behind a detach(), has one of zeros."""
    found = torch.zeros_like(tensor) if tensor.grad is None else tensor.grad
    return array(torch_stepped.dense(found))


def _is_state(value: Any) -> bool:
    return isinstance(value, Tensor)


def _channels_last(x: Tensor) -> Tensor:
    return x.movedim(1, -1) if x.ndim >= 4 else x
