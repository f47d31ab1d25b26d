"""What the training steps of both sides are made of. NumPy alone; no framework."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from parity.numerics import draws
from parity.records import variants
from parity.records.comparison import Array, Dtype
from parity.records.training import Session
from parity.records.trees import mapped
from parity.sides.twin_file import TwinFile

PROGRESS_BATCHES = 20

Watch = Callable[[int], None]  # is told the number of samples seen


def nothing() -> Array:
    """The samples of a model that has not been fed."""
    return np.empty((0, 28, 28), np.uint8)


def silent(seen: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class Batch:
    """One step's inputs and target in the side's own layout, and its draws in Keras's.

    inputs, target: an array each, or a list or dictionary of them; weights: of samples, arranged
    as the target.
    """

    inputs: Any
    target: Any
    draws: dict[str, Array]  # Keras's layer name -> (N, *layer.shape)
    size: int
    weights: Any = None

    def backwards(self) -> "Batch":
        """The same samples, the last first: equal sums, added up in another order."""

        def turned(tree: Any) -> Any:
            return mapped(self._turned, tree)

        whole = self.inputs, self.target, self.draws, self.weights
        inputs, target, draws, weights = map(turned, whole)
        return Batch(inputs, target, draws, self.size, weights)

    def _turned(self, x: Array) -> Array:
        """What is of several batches joined, each for itself; what is of none as it is."""
        if not x.ndim or len(x) % self.size:
            return x
        each = x.reshape(-1, self.size, *x.shape[1:])
        return np.ascontiguousarray(each[:, ::-1].reshape(x.shape))


@dataclass(frozen=True)
class Feed:
    """The samples that a model is trained on, as its module prepares them, step by step."""

    twin: TwinFile
    dtype: Dtype
    session: Session
    raw: Array
    labels: Array

    def of(self, raw: Array, labels: Array, step: int) -> Batch:
        """These samples with the draws of a step."""
        session, count = self.session, len(raw)
        return Batch(
            self.twin.step_inputs(raw, self.dtype, session.seed, step),
            self.twin.target(raw, labels, self.dtype),
            {
                layer.name: draws.of_layer(layer, session.seed, step, count, self.dtype)
                for layer in session.layers
            },
            count,
            self.twin.weights and self.twin.weights(raw, self.dtype),
        )

    def step(self, step: int) -> Batch:
        """The batch of a training step."""
        session = self.session
        chosen = draws.batch(session.seed, step, len(self.raw), session.batch_size)
        return self.of(self.raw[chosen], self.labels[chosen], step)

    def ends_epoch(self, step: int) -> bool:
        """Is this the last step of an epoch?"""
        return step % draws.steps_per_epoch(len(self.raw), self.session.batch_size) == 0

    def steps(self, first: int, count: int, sizes: list[int], watch: Watch) -> Iterator[Batch]:
        """The batches of consecutive steps; `sizes` is filled with the samples of each."""
        for step in range(first, first + count):
            batch = self.step(step)
            sizes.append(batch.size)
            yield batch
            if (step - first) % PROGRESS_BATCHES == 0:
                watch(sum(sizes))

    @property
    def is_noisy(self) -> bool:
        """Are the inputs drawn anew for every epoch?"""
        return self.twin.corrupt is not None

    def samples(self, epoch: int) -> tuple[Array, Array]:
        """All inputs and targets of an epoch, in the order of the data set."""
        key = (self.session.seed, epoch, draws.TRAIN_NOISE)
        return self._inputs(self.raw, key), self.targets(self.raw, self.labels)

    def every(self) -> Batch:
        """All samples of a person's own pair, without draws: it draws for itself."""
        return replace(self, session=replace(self.session, layers=())).of(self.raw, self.labels, 1)

    def test_inputs(self, raw: Array) -> Array:
        """The inputs of a test. Every model of every seed is shown the same noise."""
        noisy = self.session.variant.noisy_test
        return self._inputs(raw, (0, 0, draws.TEST_NOISE) if noisy else None)

    def targets(self, raw: Array, labels: Array) -> Array:
        """Targets, transformed as the recipe has it where they are images."""
        target: Array = self.twin.target(raw, labels, self.dtype)
        if self.session.task == "classify":
            return target
        return variants.transform(target, self.session.variant)

    def _inputs(self, raw: Array, noise_key: tuple[int, ...] | None) -> Array:
        clean = variants.transform(self.twin.prepare(raw, self.dtype), self.session.variant)
        if noise_key is None or self.twin.corrupt is None:
            return clean
        drawn = draws.standard_normal(noise_key, raw.shape, self.dtype)
        return self.twin.corrupt(clean, drawn.reshape(clean.shape))
