"""Train both sides of a pair from the same weights, on the same batches in the same order."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from parity import layouts, metrics, transfer
from parity.data.dataset import Dataset
from parity.draws import permutation
from parity.plan import Plan, key
from parity.records import Array, Epoch, Pair
from parity.sides.process import Sides, Worker

# The last number of a noise key: each use of noise has draws of its own.
TRAIN_NOISE, TEST_NOISE = 1, 2

Progress = Callable[[str, int], None]  # framework, samples seen in this epoch


@dataclass(frozen=True)
class Recipe:
    """What the Keras file says about training, with the number of epochs to run."""

    loss: str
    batch_size: int
    epochs: int


def start(plan: Plan, sides: Sides, data: Dataset, seed: int) -> int:
    """Build both models anew in float32, give the port Keras's weights, feed the training set.

    Returns the number of trainable parameters.
    """
    pair, name = plan.pair, key(plan.pair, "float32")
    sides.both("build", (name, pair.keras, "float32", seed), (name, pair.torch, "float32", seed))
    weights = transfer.to_torch(plan.ledger, sides.keras.call("weights", name))
    sides.torch.call("assign", name, weights)
    feed = (name, pair.task, data.train_images, data.train_labels)
    sides.both("feed", feed, feed)
    return int(sum(array.size for array in weights.values()))


def train(
    plan: Plan, sides: Sides, data: Dataset, recipe: Recipe, seed: int, progress: Progress
) -> Iterator[dict[str, Epoch]]:
    """Yield epoch 0, before training, and then each epoch of both sides, by framework.

    One side trains at a time: two would share the cores.
    """
    workers = (sides.keras, sides.torch)
    yield {worker.framework: _test(plan.pair, worker, data, recipe, seed) for worker in workers}
    for number in range(1, recipe.epochs + 1):
        order = permutation(seed, number, len(data.train_images))
        noise_key = (seed, number, TRAIN_NOISE)
        epoch = {}
        for worker in workers:
            report = partial(progress, worker.framework)
            name = key(plan.pair, "float32")
            loss, accuracy, seconds = worker.fit(name, order, noise_key, progress=report)
            tested = _test(plan.pair, worker, data, recipe, seed)
            epoch[worker.framework] = replace(
                tested, epoch=number, train_loss=loss, train_accuracy=accuracy, seconds=seconds
            )
        yield epoch


def _test(pair: Pair, worker: Worker, data: Dataset, recipe: Recipe, seed: int) -> Epoch:
    """The metrics of the test set as the model stands."""
    noise_key = (seed, 0, TEST_NOISE)
    prediction = worker.call("predict", key(pair, "float32"), data.test_images, noise_key)
    if worker.framework == "torch":
        prediction = layouts.by_rank(prediction.ndim).to_keras(prediction)
    target = _target(pair, data, prediction)
    return Epoch(
        epoch=0,
        test_loss=metrics.LOSSES[recipe.loss](target, prediction),
        test_accuracy=metrics.accuracy(pair.task, target, prediction),
        test_keras_accuracy=metrics.keras_accuracy(pair.task, target, prediction),
    )


def _target(pair: Pair, data: Dataset, prediction: Array) -> Array:
    if pair.task == "classify":
        return data.test_labels
    return (data.test_images.astype(np.float32) / 255).reshape(prediction.shape)
