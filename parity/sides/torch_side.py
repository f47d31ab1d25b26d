"""The PyTorch side: the verbs of verbs.py on torch.nn modules. This part trains whole epochs."""

import gc
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from parity.numerics import draws
from parity.records.comparison import Array
from parity.records.outcomes import Outcome
from parity.records.training import Peak, Tested, Trained
from parity.sides import epochs, testing, torch_experiments, usage
from parity.sides.batches import Watch, silent
from parity.sides.torch_steps import TorchSteps

if TYPE_CHECKING:
    from parity.sides.verbs import TorchVerbs


class TorchSide(TorchSteps):
    def fit(
        self, key: str, epoch: int, samples: int | None = None, progress: Watch = silent
    ) -> Trained:
        held = self._held[key]
        assert held.feed is not None
        session = held.feed.session
        # Seeded anew for every epoch: a run that is resumed needs no state of the generator.
        torch.manual_seed(draws.epoch_seed(session.seed, epoch))
        if session.lane == "idiomatic":
            found: Trained = held.loop.epoch(samples, progress)
            return found
        if not held.is_placed or held.feed.is_noisy:
            held.loop.place(*held.feed.samples(epoch))
            held.is_placed = True
        order = draws.permutation(session.seed, epoch, len(held.raw))[:samples]
        return epochs.train(held.loop, order, session.batch_size, progress)

    def test(self, key: str, raw: Array, labels: Array) -> Tested:
        held = self._held[key]
        assert held.feed is not None
        prediction = self._predict(held, held.feed.test_inputs(raw))
        target = held.feed.targets(raw, labels)
        loss = type(held.twin.loss()).__name__
        if prediction.ndim >= 4:
            prediction, target = (np.moveaxis(x, 1, -1) for x in (prediction, target))
        return testing.figures(held.feed.session, loss, prediction, raw, target, labels)

    def show(self, key: str, raw: Array) -> dict[str, Array]:
        held = self._held[key]
        assert held.feed is not None
        inputs = held.feed.test_inputs(raw)
        return testing.shown(held.feed.session, self._predict(held, inputs), inputs)

    def parameters(self, key: str) -> int:
        return sum(tensor.numel() for tensor in self._held[key].model.parameters())

    def lane(self, key: str) -> str:
        about: str = self._held[key].loop.about
        return about

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

    def perform(self, function: Callable[..., Any], given: dict[str, Array]) -> Outcome:
        return torch_experiments.perform(function, given)


if TYPE_CHECKING:
    _has_all_verbs: type[TorchVerbs] = TorchSide
