"""The PyTorch side: the verbs of verbs.py on torch.nn modules. This part trains whole epochs."""

import gc
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from parity.numerics import draws
from parity.records.comparison import Array
from parity.records.outcomes import Outcome
from parity.records.training import AS_MATCHED, Peak, Tested, Trained
from parity.records.trees import mapped
from parity.sides import (
    epochs,
    testing,
    torch_experiments,
    torch_own,
    torch_whole,
    usage,
    whole_own,
)
from parity.sides.batches import Watch, silent
from parity.sides.torch_arrays import array
from parity.sides.torch_models import Held
from parity.sides.torch_steps import TorchSteps

if TYPE_CHECKING:
    from parity.sides.verbs import TorchVerbs


PRODUCT = {"cpu": 1024, "cuda": 8192}  # rows and columns


def _do_without_compiler() -> None:
    """Let optimizers do without torch's compiler, which they import, for seconds, only so that it
    leaves some of their methods out of what it compiles."""
    for name in ("add_param_group", "state_dict", "load_state_dict", "zero_grad"):
        own = getattr(getattr(torch.optim.Optimizer, name), "__wrapped__", None)
        if own is not None:
            setattr(own, "__dynamo_disable", own)


_do_without_compiler()


class TorchSide(TorchSteps):
    def fit(
        self, key: str, epoch: int, samples: int | None = None, progress: Watch = silent
    ) -> Trained:
        held = self._held[key]
        assert held.feed is not None
        session = held.feed.session
        # Seeded anew for every epoch: a run that is resumed needs no state of the generator.
        torch.manual_seed(draws.epoch_seed(session.seed, epoch))
        if session.own is not None:
            return self._fit_own(held, epoch, samples, progress)
        if session.lane == "idiomatic":
            found: Trained = held.loop.epoch(samples, progress)
            return found
        if not held.is_placed or held.feed.is_noisy:
            held.loop.place(*held.feed.samples(epoch))
            held.is_placed = True
        order = draws.permutation(session.seed, epoch, len(held.raw))[:samples]
        return epochs.train(held.loop, order, session.batch_size, progress)

    def _fit_own(self, held: Held, epoch: int, samples: int | None, progress: Watch) -> Trained:
        assert held.feed is not None
        session = held.feed.session
        if not held.is_placed:
            every = held.feed.every()
            held.loop = torch_whole.Loop(
                partial(self._step, held), lambda tree: mapped(self._tensor, tree)
            )
            held.loop.place(every.inputs, every.target, every.weights)
            held.is_placed = True
        order = draws.permutation(session.seed, epoch, len(held.raw))[:samples]
        first = (epoch - 1) * draws.steps_per_epoch(len(held.raw), session.batch_size)
        with held.entered():
            self._catch_up(held, held.loop.done, first)
            held.loop.done = first
            found = epochs.train(held.loop, order, session.batch_size, progress)
            held.model.eval()
        return found

    def _catch_up(self, held: Held, done: int, wanted: int) -> None:
        """Where a training is taken up in the middle, its schedule is, too."""
        assert held.feed is not None
        assert held.lent is not None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # no step is made here
            for step in range(done + 1, wanted + 1):
                held.lent.scheduled(held.feed.ends_epoch(step))

    def test(self, key: str, raw: Array, labels: Array) -> Tested:
        held = self._held[key]
        assert held.feed is not None
        if held.feed.session.own is not None:
            given = held.feed.session, raw, partial(self._part, key)
            found = whole_own.figures(*given, partial(self.whole_loss, key))
            return replace(found, metrics=self.metrics(key, raw, labels))
        prediction = self._predict(held, held.feed.test_inputs(raw))
        target = held.feed.targets(raw, labels)
        loss = type(held.twin.loss()).__name__
        if prediction.ndim >= 4:
            prediction, target = (np.moveaxis(x, 1, -1) for x in (prediction, target))
        return testing.figures(held.feed.session, loss, prediction, raw, target, labels)

    def _part(self, key: str, raw: Array) -> whole_own.Part:
        """What a person's own module gives of samples, and what it was to give."""
        held = self._held[key]
        assert held.feed is not None
        batch = held.feed.of(raw, raw, 1)
        with held.entered(), torch.no_grad():
            held.model.eval()
            output = torch_own.called(held.model, mapped(self._tensor, batch.inputs))
            found = mapped(array, held.twin.predicted(output))
        return whole_own.part(found, batch.target)

    def show(self, key: str, raw: Array) -> dict[str, Array]:
        held = self._held[key]
        assert held.feed is not None
        own = held.feed.session.own
        if own is not None:
            found = whole_own.shown(held.feed.session, raw, partial(self._part, key))
            return whole_own.in_order(found, own.order)
        inputs = held.feed.test_inputs(raw)
        return testing.shown(held.feed.session, self._predict(held, inputs), inputs)

    def parameters(self, key: str) -> int:
        return sum(tensor.numel() for tensor in self._held[key].model.parameters())

    def lane(self, key: str) -> str:
        about: str = self._held[key].loop.about
        return about

    def ways(self, key: str) -> tuple[str, ...]:
        found: tuple[str, ...] = getattr(self._held[key].loop, "ways", (AS_MATCHED,))
        return found

    def drop(self, key: str) -> None:
        self._held.pop(key, None)
        if self._device.type == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
        gc.collect()
        usage.reset_host_peak()

    def usage(self) -> Peak:
        on_gpu = self._device.type == "cuda"
        device = torch.cuda.max_memory_allocated() if on_gpu else None
        return Peak(usage.host_peak(), device)

    def operations(self, key: str) -> int:
        held = self._held[key]
        assert held.feed is not None
        if held.feed.session.own is not None or held.loss is None:
            return 0
        batch = held.feed.step(1)
        x, y = (self._tensor(array) for array in (batch.inputs, batch.target))
        with FlopCounterMode(display=False) as counter:
            held.loss(held.model(x), y).backward()  # type: ignore[no-untyped-call]
        held.model.zero_grad()
        return int(counter.get_total_flops())

    def product_rate(self) -> float:
        size = PRODUCT[self._device.type]
        x = torch.ones(size, size, device=self._device)
        seconds = []
        for _ in range(4):  # the first warms up
            self._synchronise()
            start = time.perf_counter()
            x @ x
            self._synchronise()
            seconds.append(time.perf_counter() - start)
        return 2 * size**3 / min(seconds[1:])

    def perform(self, function: Callable[..., Any], given: dict[str, Array]) -> Outcome:
        return torch_experiments.perform(function, given)


if TYPE_CHECKING:
    _has_all_verbs: type[TorchVerbs] = TorchSide
