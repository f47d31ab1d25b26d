"""Small training runs that several tests look at: a few hundred digits, a few epochs."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from parity.pairs import select
from parity.records.jobs import Epoch, Framework, Job, Run
from parity.records.training import Lane
from parity.sides.process import AnyWorker, Worker
from parity.train.data import digits
from parity.train.data.dataset import Dataset
from parity.train.learn import Nowhere, Task, Watch, learn
from parity.train.run_store import Folder

EPOCHS = 3
CONDITIONS = {"versions": {"keras": "3.13", "torch": "2.11"}, "data": "0123"}


@cache
def data(train: int = 300, test: int = 60) -> Dataset:
    train_images, train_labels, test_images, test_labels = digits.load()
    return Dataset(
        "digits", train_images[:train], train_labels[:train], test_images[:test], test_labels[:test]
    )


def task(
    framework: Framework,
    pair: str = "mlp",
    lane: Lane = "matched",
    epochs: int = EPOCHS,
    seed: int = 0,
    recipe: str = "course",
) -> Task:
    """A run from the framework's own first weights."""
    (chosen,) = select([pair])
    return Task(
        Job(pair, framework, "tensorflow", lane, recipe, "independent", seed, epochs), chosen
    )


@cache
def worker(framework: Framework) -> AnyWorker:
    """On one thread, as runs have it. It ends with the tests."""
    return Worker(framework, "tensorflow" if framework == "keras" else "", threads=1)


@cache
def undisturbed(asked: Job) -> Run:
    """What the run of a job comes to where nothing happens to it."""
    (pair,) = select([asked.pair])
    return learn(Task(asked, pair), data(), worker(asked.framework), Nowhere(), silent)


class Here:
    """An executor that uses the workers that the tests have."""

    def run(self, tasks: list[Task], data: Dataset, folder: Folder, watch: Watch) -> Iterator[Run]:
        for one in tasks:
            yield learn(one, data, worker(one.job.framework), folder.checkpoints(one.job), watch)


def runs(executor: Any, tasks: list[Task], out: Path, watch: Watch | None = None) -> dict[str, Run]:
    with Folder(out, CONDITIONS, {}, resume=True) as folder:
        return {run.job.id: run for run in executor.run(tasks, data(), folder, watch or silent)}


def assert_undisturbed(found: dict[str, Run], tasks: list[Task]) -> None:
    assert found.keys() == {one.job.id for one in tasks}
    for one in tasks:
        assert_same(found[one.job.id], undisturbed(one.job))


def silent(job: Job, epoch: int, samples: int) -> None:
    """Nobody watches."""


def assert_same(found: Run, expected: Run) -> None:
    """Bit for bit, but for the clock."""
    assert [timeless(epoch) for epoch in found.history] == [
        timeless(epoch) for epoch in expected.history
    ]
    assert replace(found, history=(), shown={}) == replace(expected, history=(), shown={})
    assert found.shown.keys() == expected.shown.keys()
    for name, array in expected.shown.items():
        np.testing.assert_array_equal(found.shown[name], array)
        assert found.shown[name].dtype == array.dtype


def timeless(epoch: Epoch) -> Epoch:
    return replace(epoch, seconds=None)


TASKS = [task("keras"), task("torch"), task("torch", "denoising_ae", epochs=1)]
