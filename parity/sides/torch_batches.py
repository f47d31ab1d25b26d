"""The PyTorch side, second part: a batch of a training as it goes through a port, by the loop that
everybody writes or by a person's own step."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import torch
from torch import Tensor

from parity.records.otherwise import Clipping, Otherwise
from parity.records.trees import mapped
from parity.sides import reckoned, torch_otherwise, torch_own, torch_stepped
from parity.sides.batches import Batch
from parity.sides.torch_draws import SharedDraws, in_torch_layout
from parity.sides.torch_models import Held, TorchModels
from parity.sides.torch_plain import Widened


@dataclass(frozen=True)
class OnDevice:
    """A step's batch as tensors, and its draws. inputs: of a live module, by name."""

    inputs: Any
    target: Any
    weights: Any
    shared: SharedDraws

    @property
    def size(self) -> int:
        """Its samples."""
        return len(self.named()[0][1])

    def named(self) -> list[tuple[str, Tensor]]:
        """The inputs by name."""
        is_named = isinstance(self.inputs, dict)
        return list(self.inputs.items()) if is_named else [("0", self.inputs)]


class TorchBatches(TorchModels):
    def do_otherwise(self, key: str, otherwise: Otherwise) -> None:
        self._held[key].otherwise = otherwise

    def _batch(self, held: Held, numbers: Batch) -> OnDevice:
        """A step's batch on the device."""
        assert held.feed is not None
        layers = held.feed.session.layers
        drawn = [in_torch_layout(layer, numbers.draws[layer.name]) for layer in layers]
        shared = SharedDraws(layers, [self._tensor(draw) for draw in drawn])
        whole = numbers.inputs, numbers.target, numbers.weights
        inputs, target, weights = (mapped(self._tensor, tree) for tree in whole)
        return OnDevice(inputs, target, weights, shared)

    def _backward(self, held: Held, batch: OnDevice, training: bool = True) -> tuple[Tensor, Any]:
        """The loss of a batch, in training mode differentiated; and the model's output."""
        held.model.train(training)
        with torch_otherwise.done(held.model, held.otherwise):
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
                with torch_otherwise.in_loss(held.model, ask, held.watching):
                    return held.loss(found, target, *weights), output
            each = [
                w * held.loss(*(mapped(itemgetter(slice(n, n + 1)), x) for x in (found, target)))
                for n, w in enumerate(self._tensor(ask.weighed))
            ]
            return torch.stack(each).mean(), output

    def _stepped(
        self, held: Held, batch: OnDevice, number: int, is_still: bool = False
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """A step of the port's own, from 1, and the gradients that its optimizers were given.

        is_still: optimizers move nothing, so that nothing of the loss is theirs.
        """
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
        if ask.is_clear and held.moved != {}:  # what is added up is another gate's
            held.model.zero_grad()
        with (
            self._in_person(held, batch),
            torch_otherwise.done(held.model, ask),
            torch_otherwise.in_loss(held.model, ask, held.watching),
        ):
            hook = held.model.register_forward_hook(
                lambda module, args, output: reckoned.predicted(ask.prediction, output)
            )
            try:
                step = torch_own.stepping(own.training.step, held.lent.arranged)
                every = held.lent.optimizers
                found = torch_stepped.run(step, held.model, given, every, ask, number, is_still)
            finally:
                hook.remove()
        loss, gradients, held.moved = found
        return loss, gradients

    @contextmanager
    def _in_person(self, held: Held, batch: OnDevice) -> Iterator[None]:
        """Run a person's own code with the draws of a step."""
        with contextlib.ExitStack() as stack:
            if held.is_widened:
                stack.enter_context(Widened())
            batch.shared.is_rated = held.otherwise.is_rated
            if batch.shared.unused:
                stack.enter_context(batch.shared)
            yield

    def _clip(self, held: Held, by: Clipping) -> None:
        """As Keras does, ahead of whatever the port's optimizer does."""
        named = dict(held.model.named_parameters())
        given = {name: p.grad for name, p in named.items() if p.grad is not None}
        for name, gradient in torch_stepped.clipped(given, by).items():
            named[name].grad = gradient

    def _set_rate(self, held: Held, step: int) -> None:
        """Where a diagnosis says what it is; and note it."""
        if held.otherwise.rates:
            for optimizer in filter(None, (*held.optimizers, held.optimizer)):
                for group in optimizer.param_groups:
                    group["lr"] = held.otherwise.rates[step - 1]
        assert held.optimizer is not None
        held.rates[step] = float(held.optimizer.param_groups[0]["lr"])

    def _schedule(
        self, held: Held, step: int, loss: Tensor | None = None, samples: int = 0
    ) -> None:
        """After a step, and with which an epoch may end. loss: of the batch, where it is known."""
        parameters = dict(held.model.named_parameters())
        with torch.no_grad():
            for name, kind, settings in held.otherwise.constraints:
                # In the place of whatever the port did to it behind the optimizer's step.
                left = (held.moved or {}).get(name, parameters[name])
                parameters[name].copy_(reckoned.held(left, kind, **settings))
        if held.lent is not None and held.feed is not None:
            is_told = loss is not None and held.lent.is_by_loss  # reading it is waited for
            told = float(loss.detach()) if is_told and loss is not None else None
            held.lent.scheduled(held.feed.ends_epoch(step), told, samples)
