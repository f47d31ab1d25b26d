"""Train both sides of a pair from the same weights, on the same batches in the same order.

In *lock-step* the two share every random number as well: dropout masks and noise. In *plain*
training each framework has its own loop (Keras: `fit`) and its own generator.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from parity import layouts, metrics
from parity.data.dataset import Dataset
from parity.draws import TEST_NOISE, steps_per_epoch
from parity.plan import Plan, key
from parity.records import Array, Epoch, Pair, Session, Steps
from parity.sides.process import Sides, Worker

Progress = Callable[[str, int], None]  # framework, samples seen in this epoch


@dataclass(frozen=True)
class Recipe:
    """What the Keras file says about training, with the number of epochs to run."""

    loss: str
    batch_size: int
    epochs: int
    plain: bool = False


def train(
    plan: Plan, sides: Sides, data: Dataset, recipe: Recipe, shared: Session, progress: Progress
) -> Iterator[dict[str, Epoch]]:
    """Yield epoch 0, before training, and then each epoch of both sides, by framework.

    Both models must be started (parity/train/session.py). One side trains at a time: two would
    share the cores.
    """
    workers = (sides.keras, sides.torch)
    yield {worker.framework: _test(plan.pair, worker, data, recipe, shared) for worker in workers}
    for number in range(1, recipe.epochs + 1):
        epoch = {}
        for worker in workers:
            report = partial(progress, worker.framework)
            trained = _epoch(plan, worker, data, recipe, number, report)
            tested = _test(plan.pair, worker, data, recipe, shared)
            loss, accuracy, seconds = trained
            epoch[worker.framework] = replace(
                tested, epoch=number, train_loss=loss, train_accuracy=accuracy, seconds=seconds
            )
        yield epoch


def _epoch(
    plan: Plan,
    worker: Worker,
    data: Dataset,
    recipe: Recipe,
    number: int,
    report: Callable[[int], None],
) -> tuple[float, float, float]:
    """One epoch of one side: mean loss and accuracy over its samples, and seconds."""
    name, samples = key(plan.pair, "float32"), len(data.train_images)
    if recipe.plain:
        found: tuple[float, float, float] = worker.follow("fit", name, number, progress=report)
        return found
    count = steps_per_epoch(samples, recipe.batch_size)
    first = (number - 1) * count + 1
    steps: Steps = worker.follow("advance", name, first, count, progress=report)
    report(samples)
    shares = steps.samples / steps.samples.sum()
    return float(shares @ steps.losses), float(shares @ steps.accuracies), steps.seconds


def _test(pair: Pair, worker: Worker, data: Dataset, recipe: Recipe, shared: Session) -> Epoch:
    """The metrics of the test set as the model stands."""
    noise_key = (shared.seed, 0, TEST_NOISE)
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
