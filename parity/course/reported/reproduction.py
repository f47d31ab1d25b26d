"""Train one of the report's ports as the report did, and read every epoch in several ways.

It trains by itself: its own initialisation, torch.optim.Adam, its own data. The loop is that of the
lane `matched`, on arrays in memory: the same arithmetic as the report's loop over a DataLoader, and
several times as fast.
"""

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from parity.course.reported import readings, records
from parity.course.reported.readings import Reader
from parity.course.reported.records import Figures, Floor, Read, Record
from parity.numerics import draws
from parity.records import reading, variants
from parity.records.comparison import Array
from parity.records.jobs import Job
from parity.records.pair import Pair
from parity.records.results import DataSet, Provenance
from parity.records.training import Session, Variant
from parity.sides import twin_file
from parity.sides.process import AnyWorker
from parity.sides.testing import SHOWN
from parity.sides.training_verbs import Epochs, Training
from parity.sides.verbs import InKeras, Models
from parity.train.data.dataset import Dataset

NOISE_KEY = (0, 0, draws.TEST_NOISE)  # of the test images, as in parity compare


class Watcher(Protocol):
    """Who is told how a training goes on."""

    def planned(self, work: dict[str, float], samples: int) -> None: ...
    def seen(self, job: Job, epoch: int, samples: int) -> None: ...


@dataclass(frozen=True)
class Settings:
    """What a person chose. Without `epochs`, as many as the report trains."""

    epochs: int | None = None
    seed: int = 0

    def describe(self) -> dict[str, Any]:
        """For the provenance."""
        return {"epochs": "the report's" if self.epochs is None else self.epochs, "seed": self.seed}


def definitions(pair: str) -> Variant:
    """The report's definitions of figures. What it does to the data is in its port."""
    return replace(variants.variant("as_reported", pair), mean=0.0, sd=1.0, clamped=False)


def train(
    pair: Pair,
    worker: AnyWorker,
    data: Dataset,
    settings: Settings,
    provenance: Provenance,
    watcher: Watcher,
) -> Record:
    """Train a pair's port from its own first weights. worker: of torch."""
    recipe = worker.call(Training.settings, pair.torch)
    epochs = recipe.epochs if settings.epochs is None else settings.epochs
    seed, size, name = settings.seed, recipe.batch_size, f"{pair.name} as reported"
    own = definitions(pair.name)
    shared = Session(pair.task, seed, size, "tensorflow", variant=own)
    worker.call(InKeras.open, name, pair.torch, "float32", seed)
    worker.call(Training.feed, name, data.train_images, data.train_labels)
    worker.call(Training.compile, name, shared)
    begun = worker.call(Models.weights, name)
    job = records.job(pair.name, seed, epochs)
    watcher.planned({job.id: float(epochs)}, len(data.train_images))
    reader = Reader(shared, recipe.loss, pair, data.test_images, data.test_labels)
    history = [Read(0, _test(worker, name, reader))]
    for epoch in range(1, epochs + 1):

        def seen(samples: int, epoch: int = epoch) -> None:
            watcher.seen(job, epoch, samples)

        done = worker.follow(seen, Epochs.fit, name, epoch)
        told = readings.trained(done, shared.variant)
        history.append(Read(epoch, _test(worker, name, reader), told, done.seconds))
    described = reading.record(DataSet, data.describe(), "the data")
    record = Record(
        pair.name,
        pair.task,
        recipe.loss,
        size,
        epochs,
        seed,
        worker.call(Epochs.parameters, name),
        _unmoved(begun, worker.call(Models.weights, name)),
        tuple(history),
        _floors(reader, data),
        described,
        provenance,
        _shown(worker, name, reader),
    )
    worker.call(Epochs.drop, name)
    return record


def _test(worker: AnyWorker, name: str, reader: Reader) -> dict[str, Figures]:
    clean, noisy = _predictions(worker, name, reader, reader.images)
    return reader.of(clean, noisy)


def _predictions(
    worker: AnyWorker, name: str, reader: Reader, images: Array
) -> tuple[Array, Array | None]:
    """Of images without noise; and, of a denoiser that the report tests so, with noise."""
    clean = _as_images(worker.call(Models.predict, name, images, None), images)
    if reader.session.variant.noisy_test:
        return clean, None
    return clean, _as_images(worker.call(Models.predict, name, images, NOISE_KEY), images)


def _as_images(x: Array, images: Array) -> Array:
    """(N, 784) or (N, 1, 28, 28) -> (N, 28, 28); classes are left as they are."""
    return x.reshape(images.shape) if x.size == images.size else x


def _unmoved(begun: dict[str, Array], ended: dict[str, Array]) -> tuple[str, ...]:
    """The tensors that training left bitwise as they were."""
    return tuple(name for name, array in begun.items() if np.array_equal(array, ended[name]))


def _floors(reader: Reader, data: Dataset) -> dict[str, Floor]:
    found = {
        "train": replace(reader, images=data.train_images, labels=data.train_labels).floor(),
        "test": reader.floor(),
    }
    return {name: floor for name, floor in found.items() if floor is not None}


def _shown(worker: AnyWorker, name: str, reader: Reader) -> dict[str, Array]:
    """Classifiers: "classes" and "labels" (N,). Auto-encoders, the first ten (10, 28, 28):
    "originals" uint8, "inputs", "outputs", and of a denoiser "clean_outputs" of clean inputs."""
    if reader.session.task == "classify":
        classes = worker.call(Models.predict, name, reader.images, None).argmax(axis=1)
        return {"classes": classes, "labels": reader.labels}
    first = reader.images[:SHOWN]
    clean, noisy = _predictions(worker, name, reader, first)
    module, labels = reader.pair.torch, reader.labels[:SHOWN]
    inputs, _ = worker.run(twin_file.data, module, first, labels, "float32")
    found = {"originals": first, "inputs": inputs, "outputs": clean}
    if noisy is not None:
        corrupted = worker.run(twin_file.corrupted, module, inputs, NOISE_KEY)
        assert corrupted is not None  # a denoiser has noise
        found |= {"inputs": corrupted, "outputs": noisy, "clean_outputs": clean}
    return {title: array.reshape(first.shape) for title, array in found.items()}
