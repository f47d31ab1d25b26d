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
from parity.course.reported.records import Figures, Floor, Further, Read, Record
from parity.numerics import draws
from parity.records import reading, variants
from parity.records.comparison import Array
from parity.records.jobs import Job, Run
from parity.records.pair import Pair
from parity.records.results import DataSet, Provenance
from parity.records.training import Session, TrainingSettings, Variant
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
    def finished(self, run: Run) -> None: ...


@dataclass(frozen=True)
class Settings:
    """What a person chose. Without `epochs`, as many as the report trains.

    seeds: so many trainings, of `seed` and those that follow it.
    """

    epochs: int | None = None
    seed: int = 0
    seeds: int = 1

    def describe(self) -> dict[str, Any]:
        """For the provenance."""
        epochs = "the report's" if self.epochs is None else self.epochs
        return {"epochs": epochs, "seed": self.seed, "seeds": self.seeds}


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
    """Train a pair's port from its own first weights, once for every seed. worker: of torch."""
    recipe = worker.call(Training.settings, pair.torch)
    epochs = recipe.epochs if settings.epochs is None else settings.epochs
    first, *others = (
        _Training(pair, worker, data, recipe, epochs, seed, watcher)
        for seed in range(settings.seed, settings.seed + settings.seeds)
    )
    work = {one.job.id: float(epochs) for one in (first, *others)}
    watcher.planned(work, len(data.train_images))
    begun = first.open()
    record = Record(
        pair.name,
        pair.task,
        recipe.loss,
        recipe.batch_size,
        epochs,
        first.seed,
        worker.call(Epochs.parameters, first.name),
        (),
        first.history(),
        _floors(first.reader, data),
        reading.record(DataSet, data.describe(), "the data"),
        provenance,
    )
    ended = worker.call(Models.weights, first.name)
    shown = _shown(worker, first.name, first.reader)
    record = replace(record, unmoved=_unmoved(begun, ended), shown=shown)
    first.drop(record)
    for one in others:
        one.open()
        further = Further(one.seed, one.history())
        record = replace(record, further=(*record.further, further))
        one.drop(record)
    return record


@dataclass(frozen=True)
class _Training:
    """One seed's training of a port."""

    pair: Pair
    worker: AnyWorker
    data: Dataset
    recipe: TrainingSettings
    epochs: int
    seed: int
    watcher: Watcher

    @property
    def name(self) -> str:
        return f"{self.pair.name} as reported, seed {self.seed}"

    @property
    def job(self) -> Job:
        return records.job(self.pair.name, self.seed, self.epochs)

    @property
    def session(self) -> Session:
        own = definitions(self.pair.name)
        size = self.recipe.batch_size
        return Session(self.pair.task, self.seed, size, "tensorflow", variant=own)

    @property
    def reader(self) -> Reader:
        images, labels = self.data.test_images, self.data.test_labels
        return Reader(self.session, self.recipe.loss, self.pair, images, labels)

    def open(self) -> dict[str, Array]:
        """The weights that it begins with."""
        self.worker.call(InKeras.open, self.name, self.pair.torch, "float32", self.seed)
        images, labels = self.data.train_images, self.data.train_labels
        self.worker.call(Training.feed, self.name, images, labels)
        self.worker.call(Training.compile, self.name, self.session)
        return self.worker.call(Models.weights, self.name)

    def history(self) -> tuple[Read, ...]:
        """Every epoch, trained and read."""
        found = [Read(0, _test(self.worker, self.name, self.reader))]
        for epoch in range(1, self.epochs + 1):

            def seen(samples: int, epoch: int = epoch) -> None:
                self.watcher.seen(self.job, epoch, samples)

            done = self.worker.follow(seen, Epochs.fit, self.name, epoch)
            told = readings.trained(done, self.session.variant)
            tested = _test(self.worker, self.name, self.reader)
            found.append(Read(epoch, tested, told, done.seconds))
        return tuple(found)

    def drop(self, record: Record) -> None:
        """Tell how it ended, the last one of the record, and let its model go."""
        self.watcher.finished(record.runs(records.REPORT)[-1])
        self.worker.call(Epochs.drop, self.name)


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
