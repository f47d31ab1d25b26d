"""The PyTorch side, second part: training steps, one by one, with shared draws."""

import copy
import time
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from parity import semantics
from parity.records.comparison import Array, Trace
from parity.records.interventions import Ahead
from parity.records.training import Gradients, Remade, Session, Steps, TrainingSettings, Update
from parity.semantics import conventions
from parity.semantics.metrics import accuracy as kerass_accuracy
from parity.sides import torch_lanes, torch_naive, torch_remade, twin_file
from parity.sides.batches import Batch, Feed, Watch, silent
from parity.sides.functions import FUNCTIONS
from parity.sides.torch_draws import SharedDraws, in_torch_layout
from parity.sides.torch_lanes import hits
from parity.sides.torch_models import Held, TorchModels, array

GLOBAL = ""  # the owner of slots that belong to no parameter: iterations, Nadam's product

Slots = dict[str, dict[str, Array]]  # role -> parameter -> value


class TorchSteps(TorchModels):
    def settings(self, file: str) -> TrainingSettings:
        return twin_file.read(file).settings

    def feed(self, key: str, raw: Array, labels: Array) -> None:
        held = self._held[key]
        held.raw, held.labels = raw, labels

    def compile(self, key: str, session: Session) -> None:
        held = self._held[key]
        held.feed = Feed(held.data, held.dtype, session, held.raw, held.labels)
        conventions.use(session.keras_backend)
        held.loss = held.twin.loss()
        held.optimizer = held.twin.optimizer(held.model.parameters())
        held.is_placed = False
        held.loop = torch_lanes.lane(session.lane)(held, self._device)

    def hyperparameters(self, key: str) -> dict[str, Any]:
        optimizer = self._held[key].optimizer
        assert optimizer is not None
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
        x, target, shared = self._batch(held, batch.backwards() if is_backwards else batch)
        x.requires_grad_()
        loss, _ = self._backward(held, (x, target, shared))
        found = {
            name: array(p.grad if p.grad is not None else torch.zeros_like(p))
            for name, p in held.model.named_parameters()
        }
        held.model.zero_grad()
        held.model.eval()
        self.restore(key)  # statistics of a batch normalisation moved
        # What no gradient reaches, as behind a detach(), has one of zeros.
        of_input = array(torch.zeros_like(x) if x.grad is None else x.grad)
        return Gradients(float(loss.detach()), found, of_input, shared.unused)

    def updates(self, key: str, gradients: list[dict[str, Array]]) -> list[Update]:
        held = self._held[key]
        assert held.optimizer is not None
        found = []
        for step in gradients:
            for name, parameter in held.model.named_parameters():
                # One that answers nothing of Keras's has none, and is not moved.
                parameter.grad = self._tensor(step[name]) if name in step else None
            held.optimizer.step()
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
        fresh = held.twin.optimizer(held.model.parameters())
        held.optimizer = torch_remade.remade(fresh, held.model.parameters(), wanted)
        try:
            return self.updates(key, gradients)
        finally:
            held.optimizer = kept

    def advance(self, key: str, first: int, count: int, progress: Watch = silent) -> Steps:
        held = self._held[key]
        assert held.optimizer is not None
        assert held.feed is not None
        held.model.train()
        self._synchronise()
        start = time.perf_counter()
        sizes: list[int] = []
        figures = []  # read out at the end: a number read at every step would be waited for
        for numbers in held.feed.steps(first, count, sizes, progress):
            batch = self._batch(held, numbers)
            held.optimizer.zero_grad(set_to_none=True)
            loss, output = self._backward(held, batch)
            norm = _norm(held.model)
            held.optimizer.step()
            accuracy = hits(held, output.detach(), batch[1])
            figures.append(torch.stack([loss.detach().double(), norm, accuracy.double()]))
        table = array(torch.stack(figures))
        seconds = time.perf_counter() - start
        held.model.eval()
        losses, norms, accuracies = table.T
        return Steps(first, np.array(sizes), losses, norms, accuracies, seconds)

    def slots(self, key: str) -> Slots:
        held = self._held[key]
        assert held.optimizer is not None
        found: Slots = {}
        for name, parameter in held.model.named_parameters():
            for role, value in held.optimizer.state[parameter].items():
                if isinstance(value, Tensor):
                    found.setdefault(role, {})[name] = array(value)
        for role, value in held.optimizer.param_groups[0].items():
            if isinstance(value, Tensor):
                found.setdefault(role, {})[GLOBAL] = array(value)
        return found

    def trace_step(self, key: str, step: int) -> Trace:
        held = self._held[key]
        assert held.feed is not None
        x, _, shared = self._batch(held, held.feed.step(step))
        self.mark(key)
        held.model.train()
        with shared:
            _, found = self._record(held, x)
        held.model.eval()
        self.restore(key)
        return found

    def mark(self, key: str) -> None:
        held = self._held[key]
        optimizer = held.optimizer.state_dict() if held.optimizer else {}
        state = {"model": self.weights(key), "optimizer": optimizer}
        held.marked = copy.deepcopy(state)

    def restore(self, key: str) -> None:
        held = self._held[key]
        assert held.marked is not None
        self.assign(key, held.marked["model"])
        if held.optimizer is not None:
            held.optimizer.load_state_dict(copy.deepcopy(held.marked["optimizer"]))

    def adopt(self, key: str, weights: dict[str, Array], slots: Slots) -> None:
        self.assign(key, weights)
        optimizer = self._held[key].optimizer
        assert optimizer is not None
        names = dict(self._held[key].model.named_parameters())
        for role, of in slots.items():
            for name, value in of.items():
                place = (
                    optimizer.param_groups[0] if name == GLOBAL else optimizer.state[names[name]]
                )
                _put(place, role, value, like=names.get(name))

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

    def _backward(
        self, held: Held, batch: tuple[Tensor, Tensor, SharedDraws | None]
    ) -> tuple[Tensor, Tensor]:
        """The loss of a batch in training mode, differentiated; and the model's output."""
        x, target, shared = batch
        assert held.loss is not None
        held.model.train()
        if shared is None or not shared.unused:
            output = held.model(x)
        else:
            with shared:
                output = held.model(x)
        loss: Tensor = held.loss(output, target)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss, output

    def _batch(self, held: Held, numbers: Batch) -> tuple[Tensor, Tensor, SharedDraws]:
        """Inputs, target and draws of a step on the device."""
        assert held.feed is not None
        layers = held.feed.session.layers
        drawn = [in_torch_layout(layer, numbers.draws[layer.name]) for layer in layers]
        shared = SharedDraws(layers, [self._tensor(draw) for draw in drawn])
        return self._tensor(numbers.inputs), self._tensor(numbers.target), shared


def _ahead(ahead: Ahead | None, of: str, x: Tensor) -> Tensor:
    return FUNCTIONS[ahead.name](x, **ahead.settings) if ahead and ahead.of == of else x


def _norm(model: nn.Module) -> Tensor:
    """The L2 norm of all gradients together, float64."""
    gradients = (p.grad for p in model.parameters() if p.grad is not None)
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


def _is_state(value: Any) -> bool:
    return isinstance(value, Tensor)


def _channels_last(x: Tensor) -> Tensor:
    return x.movedim(1, -1) if x.ndim >= 4 else x
