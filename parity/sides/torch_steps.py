"""The PyTorch side, fourth part: training steps, one by one, with shared draws."""

import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from parity import semantics
from parity.errors import ModelError
from parity.records.comparison import Array, Trace
from parity.records.interventions import Ahead
from parity.records.otherwise import Operation, Remade, Written
from parity.records.training import Gradients, Session, Steps, TrainingSettings, Update
from parity.semantics import conventions
from parity.semantics.metrics import accuracy as kerass_accuracy
from parity.sides import (
    torch_lanes,
    torch_lazy,
    torch_metrics,
    torch_naive,
    torch_own,
    torch_preprocessed,
    torch_remade,
    torch_stepped,
    training_file,
    twin_file,
    whole_own,
)
from parity.sides.batches import Feed, Watch, silent
from parity.sides.functions import FUNCTIONS
from parity.sides.torch_arrays import array
from parity.sides.torch_batches import OnDevice
from parity.sides.torch_hits import hits
from parity.sides.torch_models import Held
from parity.sides.torch_optimizers import TorchOptimizers
from parity.sides.torch_outside import Numbers, Operations
from parity.sides.torch_trained import Lent, hold_as_keras

ALIKE = 1e-6  # of a loss: what is drawn anew moves it by more


class TorchSteps(TorchOptimizers):
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
            if held.lazy is held.model and held.lazy is not None:
                few = held.twin.prepare(np.arange(1), "float32")
                held.model = torch_lazy.shaped(held.lazy, self._makers(few, None))
            held.feed = Feed(held.data, held.dtype, session, held.raw, held.labels)
            held.loss = held.twin.loss()
            held.lent = Lent(held.model, held.overridden, held.dtype, session.own.training)
            held.optimizer = held.lent.optimizers[0]
            held.is_placed, held.loop = False, None
            held.rates = {}
            held.is_widened = held.dtype == "float64" and not self._runs(key, session.own.count)
            self._require_alike(key, session.own.count)
            return
        held.feed = Feed(held.data, held.dtype, session, held.raw, held.labels)
        held.loss = held.twin.loss()
        held.optimizer = held.twin.optimizer(held.model.parameters())
        hold_as_keras(held.optimizer, held.optimizer.param_groups)
        held.is_placed = False
        held.loop = torch_lanes.lane(session.lane)(held, self._device)

    def _runs(self, key: str, count: int) -> bool:
        """Does a step run as it is written? Where a person's code names float32, or holds it in
        tensors that are no buffers, it does not in float64."""
        few = np.arange(min(2, count))
        try:
            self.gradients(key, few, few, 1)
        except ModelError:  # of draws, say: it is a gate's to tell
            self.restore(key)  # statistics of a batch normalisation may have moved
        except (RuntimeError, TypeError):  # of two float types that meet
            self._held[key].model.zero_grad()
            return False
        return True

    def _require_alike(self, key: str, count: int) -> None:
        """Raises ModelError where two steps on the same samples do not give the same loss: what
        draws by NumPy, say, cannot be given Keras's draws. Of torch's draws the gates tell."""
        few = np.arange(min(2, count))
        losses = []
        for _ in range(2):
            with torch.random.fork_rng(devices=()):
                torch.manual_seed(0)
                try:
                    losses.append(self.gradients(key, few, few, 1).loss)
                except Exception:  # which the gates come to
                    self.restore(key)
                    return
        one, other = losses
        if not np.isclose(one, other, rtol=ALIKE, atol=0, equal_nan=True):
            raise ModelError(
                "the port draws in a way that cannot be handed from outside; draw by torch.rand, "
                "torch.randn or F.dropout"
            )

    def finish(self, key: str) -> None:
        self._held[key].lent = None

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
                loss, taken = self._stepped(held, given, step, is_still=True)
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
        assert held.feed is not None
        found = []
        own = held.feed.session.own
        if own is not None and own.is_stepped:  # on either side
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
                if held.otherwise.clipping is not None:
                    self._clip(held, held.otherwise.clipping)
                self._set_rate(held, len(found) + 1)
                held.optimizer.step()
                self._schedule(held, len(found) + 1)
                is_last = step is gradients[-1]
                found.append(Update(self.weights(key), self.slots(key) if is_last else {}))
            held.model.zero_grad()
        return found

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
            fresh = held.twin.optimizer(list(held.model.parameters()))
            hold_as_keras(fresh, fresh.param_groups)
            held.optimizer = torch_remade.remade(fresh, wanted)
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
                norm: list[Tensor] = []
                loss, accuracy = self._step(held, self._batch(held, numbers), place, norm)
                figures.append(torch.stack([loss.detach().double(), *norm, accuracy.double()]))
            held.model.eval()
        table = array(torch.stack(figures))
        seconds = time.perf_counter() - start
        losses, norms, accuracies = table.T
        return Steps(first, np.array(sizes), losses, norms, accuracies, seconds)

    def _step(
        self, held: Held, batch: OnDevice, place: int, norms: list[Tensor] | None = None
    ) -> tuple[Tensor, Tensor]:
        """Train on a batch, that of step `place`: its loss and its accuracy. norms: is given the
        gradient's."""
        assert held.optimizer is not None
        self._set_rate(held, place)
        if held.is_stepped:
            held.model.train()
            loss, gradients = self._stepped(held, batch, place)
            if norms is not None:
                norms.append(_norm(gradients.values()))
            self._schedule(held, place, loss, batch.size)
            return loss, torch.zeros(())
        held.optimizer.zero_grad(set_to_none=True)
        loss, output = self._backward(held, batch)
        if norms is not None:
            norms.append(_norm(p.grad for p in held.model.parameters() if p.grad is not None))
        held.optimizer.step()
        self._schedule(held, place, loss, batch.size)
        return loss, hits(held, output, batch.target)

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

    def whole_loss(self, key: str, raw: Array, labels: Array) -> float:
        """The loss of a batch at inference, from the module's inputs on."""
        held = self._held[key]
        assert held.feed is not None
        if held.feed.session.own is not None and held.feed.session.own.is_stepped:
            return self.gradients(key, raw, labels, 1).loss
        with held.entered(), torch.no_grad():
            batch = self._batch(held, held.feed.of(raw, labels, 1))
            return float(self._backward(held, batch, training=False)[0])

    def metrics(self, key: str, raw: Array, labels: Array) -> dict[str, float]:
        held = self._held[key]
        assert held.feed is not None
        own = held.feed.session.own
        if own is None or own.training.metrics is None:
            return {}
        with held.entered(), torch.no_grad():
            seen = (self._seen(held, some) for some in whole_own.batches(raw))
            return torch_metrics.figures(own.training.metrics, seen)

    def _seen(self, held: Held, raw: Array) -> torch_metrics.Batch:
        """What a person's own module gives of samples, their targets and weights."""
        assert held.feed is not None
        held.model.eval()
        batch = self._batch(held, held.feed.of(raw, raw, 1))
        return torch_own.called(held.model, batch.inputs), batch.target, batch.weights

    def written(self, key: str, raw: Array, labels: Array) -> tuple[list[Written], list[Operation]]:
        held = self._held[key]
        numbers, operations = Numbers(), Operations()
        held.watching = numbers, operations
        try:
            self.whole_loss(key, raw, labels)
        finally:
            held.watching = ()
        return numbers.found, operations.found

    def preprocess(self, function: Any, raw: Any) -> Array:
        return torch_preprocessed.of(training_file.held(function), raw)

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


def _ahead(ahead: Ahead | None, of: str, x: Tensor) -> Tensor:
    return FUNCTIONS[ahead.name](x, **ahead.settings) if ahead and ahead.of == of else x


def _norm(gradients: Iterable[Tensor]) -> Tensor:
    """The L2 norm of all gradients together, float64."""
    gradients = (torch_stepped.dense(gradient) for gradient in gradients)
    norms = [torch.linalg.vector_norm(gradient, dtype=torch.float64) for gradient in gradients]
    return torch.linalg.vector_norm(torch.stack(norms)) if norms else torch.zeros(())


def _gradient(tensor: Tensor) -> Array:
    """What no gradient reaches, as behind a detach(), has one of zeros."""
    found = torch.zeros_like(tensor) if tensor.grad is None else tensor.grad
    return array(torch_stepped.dense(found))


def _channels_last(x: Tensor) -> Tensor:
    return x.movedim(1, -1) if x.ndim >= 4 else x
