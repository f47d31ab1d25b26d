"""How fast both sides of a pair train: one after the other on a quiet machine, A B A B.

The first steps of each are not counted: they trace, compile and warm up. Then stretches of a
quarter of an epoch, or of six seconds, alternate, so that what else the machine does meets both
sides alike.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from statistics import median
from typing import cast

from parity.records.comparison import Array
from parity.records.jobs import FRAMEWORKS, Framework, Job, Timing
from parity.records.pair import Pair
from parity.records.training import AS_MATCHED, Lane, Session, Trained
from parity.sides import usage
from parity.sides.calls import Remote
from parity.sides.process import AnyWorker, Sides
from parity.sides.training_verbs import Epochs, EpochsInTorch
from parity.sides.verbs import Models, TorchVerbs
from parity.train import tuning
from parity.train.data.dataset import Dataset
from parity.train.learn import Task, begin, session

GIGA = 1e9
WARM_UP, STRETCH = 0.1, 0.25  # of an epoch
LONGEST = 6.0  # seconds of a stretch, at the warm-up's pace

Watch = Callable[[str, int, int], None]  # framework, epoch, samples seen in it
Others = Callable[[Framework], Mapping[str, AnyWorker]]


def nobody(framework: Framework) -> Mapping[str, AnyWorker]:
    """No other workers."""
    return {}


@dataclass(frozen=True)
class Clocked:
    """A side under the clock."""

    worker: AnyWorker
    task: Task
    build_seconds: float
    first: Trained
    placing_seconds: float
    about: str  # what the lane does, in a line
    way: str = ""  # of the tuned lane, in words
    epochs: tuple[Trained, ...] = ()

    @property
    def step_seconds(self) -> float:
        """Of the median stretch."""
        steps = [sum(count for count, _ in trained.laps) for trained in self.epochs]
        return median(x.seconds / count for x, count in zip(self.epochs, steps, strict=True))


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
    others: Others = nobody,
) -> list[Timing]:
    """Time both sides of a pair in a lane, each over `rounds` stretches. How many processors other
    programs kept busy meanwhile stands in each timing's settings.

    weights: the first ones, by framework; imports: seconds of each framework's import; shared: of
    a pair without twin files, what its trainings share; others: workers of a framework under other
    circumstances, for the tuned lane to try.
    """
    before = usage.busy()
    racing: list[tuple[Clocked, ...]] = []  # of each framework; all but one are given up
    for name, worker in zip(FRAMEWORKS, (sides.keras, sides.torch), strict=True):
        job = Job(pair.name, name, sides.keras.backend, lane, "course", "paired", 0, rounds)
        task = Task(job, pair, weights[name], shared)
        if lane == "tuned":
            way, told = tuning.fastest(task, data, worker, partial(others, name))
            fast = _begin(task, data, way.worker, watch, way.name)
            fast = replace(fast, way=way.told, about=told)
            racing.append((fast, *_beside(task, data, worker, way, watch)))
        else:
            racing.append((_begin(task, data, worker, watch),))
    for number in range(2, rounds + 2):
        racing = [tuple(_again(one, number, data, watch) for one in ways) for ways in racing]
    disturbed = {"others": usage.others(before), "processors": usage.cores()}
    clocked = [_won(*ways) for ways in racing]
    torch = cast(Remote[TorchVerbs], clocked[1].worker)
    work = torch.call(EpochsInTorch.operations, clocked[1].task.job.id)
    peak = torch.call(EpochsInTorch.product_rate)
    found = []
    for side, ways in zip(clocked, racing, strict=True):
        timing = _timing(side, lane, data, imports[side.worker.framework])
        timing = replace(timing, settings=timing.settings | disturbed)
        found.append(_with_rates(timing, side, work, peak))
        for one in ways:
            one.worker.call(Epochs.drop, one.task.job.id)
    return found


def _beside(
    task: Task, data: Dataset, worker: AnyWorker, way: tuning.Way, watch: Watch
) -> Iterator[Clocked]:
    """The matched lane's own way, unless it is what was chosen.

    A way is chosen by a few steps. Over as many as are timed it may fall behind.
    """
    if (way.worker, way.name) != (worker, AS_MATCHED):
        matched = replace(task, job=replace(task.job, lane="matched"))
        yield _begin(matched, data, worker, watch)


def _won(fast: Clocked, *matched: Clocked) -> Clocked:
    """The faster of the two; the matched way says what it was faster than."""
    for other in matched:
        if other.step_seconds < fast.step_seconds:
            ours, theirs = (f"{1000 * one.step_seconds:.3g} ms" for one in (other, fast))
            about = f"{AS_MATCHED}, {ours} a step; next: {fast.way}, {theirs}"
            return replace(other, about=about)
    return fast


def _with_rates(timing: Timing, side: Clocked, work: int, peak: float) -> Timing:
    """The timing with what a step comes to. work: operations in it; peak: a second, at most."""
    if not work:
        return timing
    rates = {"gflops": work / side.step_seconds / GIGA, "peak_gflops": peak / GIGA}
    return replace(timing, settings=timing.settings | rates)


def _begin(task: Task, data: Dataset, worker: AnyWorker, watch: Watch, way: str = "") -> Clocked:
    worker.call(Epochs.drop, task.job.id)
    start = time.perf_counter()
    begin(task, data, worker, way)
    built = time.perf_counter()
    first = _fit(task, worker, 1, _samples(task, worker, data, WARM_UP), watch)
    placing = time.perf_counter() - built - first.seconds
    about = worker.call(Epochs.lane, task.job.id)
    return Clocked(worker, task, built - start, first, placing, about)


def _again(side: Clocked, number: int, data: Dataset, watch: Watch) -> Clocked:
    share = stretch(side.first, len(data.train_images) / session(side.task, side.worker).batch_size)
    samples = _samples(side.task, side.worker, data, share)
    trained = _fit(side.task, side.worker, number, samples, watch)
    return replace(side, epochs=(*side.epochs, trained))


def stretch(warm_up: Trained, batches: float) -> float:
    """How much of an epoch of so many batches is timed at once, as a share of it."""
    steps = sum(count for count, _ in warm_up.laps[1:])
    seconds = sum(seconds for _, seconds in warm_up.laps[1:])
    return min(STRETCH, LONGEST * steps / seconds / batches) if steps else STRETCH


def _samples(task: Task, worker: AnyWorker, data: Dataset, share: float) -> int:
    """So much of an epoch, in whole batches: one that is cut short would be another shape."""
    count = len(data.train_images)
    size = session(task, worker).batch_size
    return min(count, max(2, round(share * count / size)) * size)


def _fit(task: Task, worker: AnyWorker, number: int, samples: int, watch: Watch) -> Trained:
    def seen(samples: int) -> None:
        watch(worker.framework, number, samples)

    return worker.follow(seen, Epochs.fit, task.job.id, number, samples)


def _timing(side: Clocked, lane: Lane, data: Dataset, import_seconds: float) -> Timing:
    job, worker = side.task.job, side.worker
    peak = worker.call(Epochs.usage)
    settings = worker.call(Models.describe) | {"lane": side.about}
    return Timing(
        pair=job.pair,
        framework=job.framework,
        backend=job.backend,
        lane=lane,
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
