"""One training run, from its first weights to its last epoch; it can be taken up in the middle."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from parity.records.comparison import Array
from parity.records.jobs import Epoch, Job, Run
from parity.records.pair import Pair
from parity.records.training import Session, Tested, Trained
from parity.records.variants import variant
from parity.sides.process import AnyWorker
from parity.sides.training_verbs import Epochs, Training
from parity.sides.verbs import InKeras, Models
from parity.train.data.dataset import Dataset

Slots = dict[str, dict[str, Array]]
Watch = Callable[[Job, int, int], None]  # epoch, samples seen in it


@dataclass(frozen=True)
class Task:
    """A job and what it is done with. `weights`: the first ones; None: the framework's own.
    `shared`: of a pair without twin files, what its trainings share."""

    job: Job
    pair: Pair
    weights: dict[str, Array] | None = None
    shared: Session | None = None

    @property
    def module(self) -> str:
        return str(self.pair.keras if self.job.framework == "keras" else self.pair.torch)


@dataclass(frozen=True)
class State:
    """All that the rest of a run depends on after an epoch, beside its job and the data."""

    weights: dict[str, Array]  # with what else a model keeps, such as Keras's seed generators
    slots: Slots


class CheckpointStore(Protocol):
    """Where a run leaves its finished epochs."""

    def kept(self) -> tuple[tuple[Epoch, ...], State | None]:
        """The epochs of an earlier try, and the state after the last of them."""

    def keep(self, history: tuple[Epoch, ...], state: State) -> None:
        """Called after every epoch, epoch 0 included."""


class Nowhere:
    """Keeps nothing: for a run whose place may be gone when it is tried again."""

    def kept(self) -> tuple[tuple[Epoch, ...], State | None]:
        return (), None

    def keep(self, history: tuple[Epoch, ...], state: State) -> None:
        pass


def learn(
    task: Task, data: Dataset, worker: AnyWorker, checkpoints: CheckpointStore, watch: Watch
) -> Run:
    """Train as the job says, on a worker of the job's framework.

    A loss that is not finite ends the run early, and its `error` says so.
    """
    job, name = task.job, task.job.id
    parameters = _start(task, data, worker)
    history, state = checkpoints.kept()
    if state is None:
        history = (_epoch(0, worker.call(Epochs.test, name, data.test_images, data.test_labels)),)
        checkpoints.keep(history, _state(worker, name))
    else:
        worker.call(Training.adopt, name, state.weights, state.slots)
    error = ""
    while len(history) <= job.epochs and not error:
        number = len(history)

        def seen(samples: int, number: int = number) -> None:
            watch(job, number, samples)

        trained = worker.follow(seen, Epochs.fit, name, number)
        tested = worker.call(Epochs.test, name, data.test_images, data.test_labels)
        history = (*history, _epoch(number, tested, trained, job))
        error = _fault(history[-1])
        if not error:
            checkpoints.keep(history, _state(worker, name))
    shown = worker.call(Epochs.show, name, data.test_images)
    worker.call(Epochs.drop, name)
    return Run(job, history, parameters, error, shown)


def _start(task: Task, data: Dataset, worker: AnyWorker) -> int:
    """Build and compile the model under the job's id. Returns the number of its weights."""
    begin(task, data, worker)
    return worker.call(Epochs.parameters, task.job.id)


def begin(task: Task, data: Dataset, worker: AnyWorker, way: str = "") -> None:
    """Build and compile the model under the job's id. way: of the tuned lane."""
    name, shared = task.job.id, replace(session(task, worker), way=way)
    worker.call(InKeras.open, name, task.module, "float32", task.job.seed)
    worker.call(Training.feed, name, data.train_images, data.train_labels)
    if task.shared is not None:
        # A person's own model may take its shapes from what it is fed.
        worker.call(Training.compile, name, shared)
        worker.call(Training.finish, name)
    if task.weights is not None:
        worker.call(Models.assign, name, task.weights)
    worker.call(Training.compile, name, shared)


def session(task: Task, worker: AnyWorker) -> Session:
    """What the run's batches and figures come from."""
    job, seed = task.job, draw_seed(task.job)
    if task.shared is not None:
        return replace(task.shared, seed=seed, lane=job.lane)
    size = worker.call(Training.settings, task.module).batch_size
    changes = variant(job.recipe, job.pair)
    return Session(task.pair.task, seed, size, job.backend, lane=job.lane, variant=changes)


def draw_seed(job: Job) -> int:
    """What batches and noise are drawn with: paired runs share them, independent ones do not."""
    if job.start == "paired":
        return 3 * job.seed
    return 3 * job.seed + (1 if job.framework == "keras" else 2)


def _state(worker: AnyWorker, name: str) -> State:
    return State(worker.call(Models.weights, name), worker.call(Training.slots, name))


def _epoch(
    number: int, tested: Tested, trained: Trained | None = None, job: Job | None = None
) -> Epoch:
    figures = (tested.loss, tested.accuracy, tested.keras_accuracy)
    own = tested.metrics
    if trained is None or job is None:
        return Epoch(number, *figures, metrics=own)
    changes = variant(job.recipe, job.pair)
    loss = float(trained.losses.mean()) if changes.by_batch else trained.loss
    if math.isnan(tested.accuracy):
        return Epoch(number, *figures, loss, None, trained.seconds, metrics=own)
    accuracy = trained.accuracy
    if changes.accuracy_per_batch:
        accuracy *= trained.samples.sum() / len(trained.samples)
    return Epoch(number, *figures, loss, float(accuracy), trained.seconds, metrics=own)


def _fault(epoch: Epoch) -> str:
    """Why a run cannot go on after this epoch; "" where it can."""
    losses = {"training": epoch.train_loss, "test": epoch.test_loss}
    for name, loss in losses.items():
        if loss is not None and not math.isfinite(loss):
            return f"the {name} loss is {loss} in epoch {epoch.epoch}"
    return ""
