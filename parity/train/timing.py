"""How fast both sides of a pair train: one after the other on a quiet machine, A B A B.

The first steps of each are not counted: they trace, compile and warm up. Then stretches of a
quarter of an epoch alternate, so that what else the machine does meets both sides alike.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from parity.records.comparison import Array
from parity.records.jobs import FRAMEWORKS, Job, Timing
from parity.records.pair import Pair
from parity.records.training import Lane, Session, Trained
from parity.sides.process import AnyWorker, Sides
from parity.sides.verbs import Epochs, Models
from parity.train.data.dataset import Dataset
from parity.train.learn import Task, begin, session

WARM_UP, STRETCH = 0.1, 0.25  # of an epoch

Watch = Callable[[str, int, int], None]  # framework, epoch, samples seen in it


@dataclass(frozen=True)
class Clocked:
    """A side under the clock."""

    worker: AnyWorker
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
    shared: Session | None = None,
) -> list[Timing]:
    """Time both sides of a pair in a lane, each over `rounds` stretches.

    weights: the first ones, by framework; imports: seconds of each framework's import; shared: of
    a pair without twin files, what its trainings share.
    """
    clocked = []
    for name, worker in zip(FRAMEWORKS, (sides.keras, sides.torch), strict=True):
        job = Job(pair.name, name, sides.keras.backend, lane, "course", "paired", 0, rounds)
        clocked.append(_begin(Task(job, pair, weights[name], shared), data, worker, watch))
    for number in range(2, rounds + 2):
        clocked = [_again(side, number, data, watch) for side in clocked]
    return [_timing(side, data, imports[side.worker.framework]) for side in clocked]


def _begin(task: Task, data: Dataset, worker: AnyWorker, watch: Watch) -> Clocked:
    name = task.job.id
    worker.call(Epochs.drop, name)
    assert task.weights is not None  # a lane is timed from the weights that the others have
    start = time.perf_counter()
    begin(task, data, worker)
    built = time.perf_counter()
    first = _fit(task, worker, 1, _samples(task, worker, data, WARM_UP), watch)
    placing = time.perf_counter() - built - first.seconds
    return Clocked(worker, task, built - start, first, placing)


def _again(side: Clocked, number: int, data: Dataset, watch: Watch) -> Clocked:
    samples = _samples(side.task, side.worker, data, STRETCH)
    trained = _fit(side.task, side.worker, number, samples, watch)
    return replace(side, epochs=(*side.epochs, trained))


def _samples(task: Task, worker: AnyWorker, data: Dataset, share: float) -> int:
    """So much of an epoch, in whole batches: one that is cut short would be another shape."""
    count = len(data.train_images)
    size = session(task, worker).batch_size
    return min(count, max(2, round(share * count / size)) * size)


def _fit(task: Task, worker: AnyWorker, number: int, samples: int, watch: Watch) -> Trained:
    def seen(samples: int) -> None:
        watch(worker.framework, number, samples)

    return worker.follow(seen, Epochs.fit, task.job.id, number, samples)


def _timing(side: Clocked, data: Dataset, import_seconds: float) -> Timing:
    job, worker = side.task.job, side.worker
    peak = worker.call(Epochs.usage)
    settings = worker.call(Models.describe) | {"lane": worker.call(Epochs.lane, job.id)}
    worker.call(Epochs.drop, job.id)
    return Timing(
        pair=job.pair,
        framework=job.framework,
        backend=job.backend,
        lane=job.lane,
        import_seconds=import_seconds,
        build_seconds=side.build_seconds + side.placing_seconds,
        first_step_seconds=side.first.laps[0][1],
        warm_up_loss=side.first.loss,
        laps=tuple(t / steps for trained in side.epochs for steps, t in trained.laps[1:]),
        epochs=tuple(
            trained.seconds * len(data.train_images) / int(trained.samples.sum())
            for trained in side.epochs
        ),
        images=len(data.train_images),
        host_peak_bytes=peak.host,
        device_peak_bytes=peak.device,
        settings=settings,
    )
