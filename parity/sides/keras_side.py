"""The Keras side: the verbs of verbs.py on Keras 3 models. This part trains whole epochs."""

import gc
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import keras

from parity.numerics import draws
from parity.records.comparison import Array, Dtype
from parity.records.outcomes import Outcome
from parity.records.training import AS_MATCHED, Peak, Tested, Trained
from parity.records.trees import mapped
from parity.sides import (
    epochs,
    keras_backend,
    keras_experiments,
    testing,
    usage,
    whole_own,
)
from parity.sides.batches import Watch, silent
from parity.sides.keras_models import Held, array
from parity.sides.keras_steps import KerasSteps

if TYPE_CHECKING:
    from parity.sides.verbs import KerasVerbs


class KerasSide(KerasSteps):
    def _begin(self, dtype: Dtype | None) -> None:
        """Layers without a name are numbered from one, whatever this process built before."""
        super()._begin(dtype)
        keras.utils.clear_session(free_memory=False)

    def fit(
        self, key: str, epoch: int, samples: int | None = None, progress: Watch = silent
    ) -> Trained:
        held = self._use(key)
        assert held.feed is not None
        session = held.feed.session
        # Seeded anew for every epoch: a run that is resumed needs no state of the generator.
        keras.utils.set_random_seed(draws.epoch_seed(session.seed, epoch))
        if session.own is not None:
            return self._fit_own(held, epoch, samples, progress)
        if not held.is_placed or held.feed.is_noisy:
            held.loop.place(*held.feed.samples(epoch))
            held.is_placed = True
        if session.lane == "idiomatic":
            found: Trained = held.loop.epoch(session.batch_size, samples, progress)
            return found
        order = draws.permutation(session.seed, epoch, len(held.raw))[:samples]
        return epochs.train(held.loop, order, session.batch_size, progress)

    def _fit_own(self, held: Held, epoch: int, samples: int | None, progress: Watch) -> Trained:
        assert held.feed is not None
        session = held.feed.session
        with held.entered():
            if not held.is_placed:
                every = held.feed.every()
                held.loop.place(every.inputs, every.target, every.weights)
                held.is_placed = True
            order = draws.permutation(session.seed, epoch, len(held.raw))[:samples]
            if held.callbacks is not None:
                held.callbacks.begin_epoch(epoch - 1)
            found = epochs.train(held.loop, order, session.batch_size, progress)
            if held.callbacks is not None:
                held.callbacks.end_epoch(epoch - 1, found.loss)
            return found

    def test(self, key: str, raw: Array, labels: Array) -> Tested:
        held = self._use(key)
        assert held.feed is not None
        if held.feed.session.own is not None:
            given = held.feed.session, raw, partial(self._part, key)
            found = whole_own.figures(*given, partial(self.whole_loss, key))
            return replace(found, metrics=self.metrics(key, raw, labels))
        prediction = self._predict(held, held.feed.test_inputs(raw))
        target = held.feed.targets(raw, labels)
        loss = type(held.twin.loss()).__name__
        return testing.figures(held.feed.session, loss, prediction, raw, target, labels)

    def _part(self, key: str, raw: Array) -> whole_own.Part:
        """What a person's own model gives of samples, and what it was to give."""
        held = self._use(key)
        assert held.feed is not None
        with held.entered():
            output, target, _ = self._seen(held, raw)
        return whole_own.part(mapped(array, held.twin.predicted(output)), target)

    def show(self, key: str, raw: Array) -> dict[str, Array]:
        held = self._use(key)
        assert held.feed is not None
        if held.feed.session.own is not None:
            return whole_own.shown(held.feed.session, raw, partial(self._part, key))
        inputs = held.feed.test_inputs(raw)
        return testing.shown(held.feed.session, self._predict(held, inputs), inputs)

    def parameters(self, key: str) -> int:
        return int(self._held[key].model.count_params())

    def lane(self, key: str) -> str:
        about: str = self._held[key].loop.about
        return about

    def ways(self, key: str) -> tuple[str, ...]:
        found: tuple[str, ...] = getattr(self._held[key].loop, "ways", (AS_MATCHED,))
        return found

    def drop(self, key: str) -> None:
        self._held.pop(key, None)
        gc.collect()
        usage.reset_host_peak()

    def usage(self) -> Peak:
        return Peak(usage.host_peak(), keras_backend.device_peak())

    def perform(self, function: Callable[..., Any], given: dict[str, Array]) -> Outcome:
        return keras_experiments.perform(function, given)


if TYPE_CHECKING:
    _has_all_verbs: type[KerasVerbs] = KerasSide
