"""How fast both sides of a pair train: one after the other on a quiet machine, A B A B.

A first epoch of each is not counted: it traces, compiles and warms up. Then whole epochs alternate,
so that what else the machine does meets both sides alike.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from parity.data.dataset import Dataset
from parity.jobs import FRAMEWORKS, Job, Timing
from parity.records import Array, Lane, Pair, Trained
from parity.sides.process import Sides, Worker
from parity.train.learn import Task, session

Watch = Callable[[str, int, int], None]  # framework, epoch, samples seen in it


@dataclass(frozen=True)
class Clocked:
    """A side under the clock."""

    worker: Worker
    task: Task
    build_seconds: float
    first: Trained
    placing_seconds: float
    epochs: tuple[Trained, ...] = ()


def measure(
    pair: Pair,
    sides: Sides,
    data: Dataset,
    lane: Lane,
    weights: dict[str, dict[str, Array]],
    imports: dict[str, float],
    rounds: int,
    watch: Watch,
) -> list[Timing]:
    """Time both sides of a pair in a lane, each over `rounds` steady epochs.

    weights: the first ones, by framework; imports: seconds of each framework's import.
    """
    clocked = []
    for name, worker in zip(FRAMEWORKS, (sides.keras, sides.torch), strict=True):
        job = Job(pair.name, name, sides.keras.backend, lane, "course", "paired", 0, rounds)
        clocked.append(_begin(Task(job, pair, weights[name]), data, worker, watch))
    for number in range(2, rounds + 2):
        clocked = [_again(side, number, watch) for side in clocked]
    return [_timing(side, data, imports[side.worker.framework]) for side in clocked]


def _begin(task: Task, data: Dataset, worker: Worker, watch: Watch) -> Clocked:
    name = task.job.id
    worker.call("drop", name)
    start = time.perf_counter()
    worker.call("build", name, task.module, "float32", task.job.seed)
    worker.call("assign", name, task.weights)
    worker.call("feed", name, data.train_images, data.train_labels)
    worker.call("compile", name, session(task, worker))
    built = time.perf_counter()
    first = _fit(task, worker, 1, watch)
    placing = time.perf_counter() - built - first.seconds
    return Clocked(worker, task, built - start, first, placing)


def _again(side: Clocked, number: int, watch: Watch) -> Clocked:
    trained = _fit(side.task, side.worker, number, watch)
    return replace(side, epochs=(*side.epochs, trained))


def _fit(task: Task, worker: Worker, number: int, watch: Watch) -> Trained:
    def seen(samples: int) -> None:
        watch(worker.framework, number, samples)

    found: Trained = worker.follow("fit", task.job.id, number, progress=seen)
    return found


def _timing(side: Clocked, data: Dataset, import_seconds: float) -> Timing:
    job, worker = side.task.job, side.worker
    peak = worker.call("usage")
    settings = worker.call("describe") | {"lane": worker.call("lane", job.id)}
    worker.call("drop", job.id)
    return Timing(
        pair=job.pair,
        framework=job.framework,
        backend=job.backend,
        lane=job.lane,
        import_seconds=import_seconds,
        build_seconds=side.build_seconds + side.placing_seconds,
        first_step_seconds=side.first.laps[0][1],
        first_epoch_loss=side.first.loss,
        laps=tuple(t / steps for trained in side.epochs for steps, t in trained.laps[1:]),
        epochs=tuple(trained.seconds for trained in side.epochs),
        images=len(data.train_images),
        host_peak_bytes=peak["host"],
        device_peak_bytes=peak["device"],
        settings=settings,
    )
