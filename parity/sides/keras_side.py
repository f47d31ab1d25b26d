"""The Keras side: the verbs of verbs.py on Keras 3 models. This part trains whole epochs."""

import gc
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import keras

from parity.numerics import draws
from parity.records.comparison import Array, Dtype
from parity.records.outcomes import Outcome
from parity.records.training import Peak, Tested, Trained
from parity.sides import epochs, keras_backend, keras_experiments, testing, usage
from parity.sides.batches import Watch, silent
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
        if not held.is_placed or held.feed.is_noisy:
            held.loop.place(*held.feed.samples(epoch))
            held.is_placed = True
        if session.lane == "idiomatic":
            found: Trained = held.loop.epoch(session.batch_size, samples, progress)
            return found
        order = draws.permutation(session.seed, epoch, len(held.raw))[:samples]
        return epochs.train(held.loop, order, session.batch_size, progress)

    def test(self, key: str, raw: Array, labels: Array) -> Tested:
        held = self._use(key)
        assert held.feed is not None
        prediction = self._predict(held, held.feed.test_inputs(raw))
        target = held.feed.targets(raw, labels)
        loss = type(held.twin.loss()).__name__
        return testing.figures(held.feed.session, loss, prediction, raw, target, labels)

    def show(self, key: str, raw: Array) -> dict[str, Array]:
        held = self._use(key)
        assert held.feed is not None
        inputs = held.feed.test_inputs(raw)
        return testing.shown(held.feed.session, self._predict(held, inputs), inputs)

    def parameters(self, key: str) -> int:
        return int(self._held[key].model.count_params())

    def lane(self, key: str) -> str:
        about: str = self._held[key].loop.about
        return about

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
