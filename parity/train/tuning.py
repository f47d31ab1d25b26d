"""The fastest way in which a framework trains a model on this machine, with the same mathematics.

What is fastest depends on the machine and the model, so it is measured: each way takes the same
steps from the same weights, one after the other while the other framework is idle. A way counts
only if its weights end as near to those of the matched lane as rounding explains: no further than
a training that starts one ULP away from it (parity/train/lockstep.py), times the project's bound.
The matched lane's own way is among them, so that nothing slower is ever taken.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from parity.numerics import drift
from parity.numerics.noise import perturbed
from parity.records.comparison import Array
from parity.records.training import AS_MATCHED
from parity.sides.process import AnyWorker
from parity.sides.training_verbs import Epochs
from parity.sides.verbs import Models
from parity.train.data.dataset import Dataset
from parity.train.learn import Task, begin, session

STEPS = 24  # that each way takes, and as many again under the clock
EPSILON = float(np.finfo(np.float32).eps)

Weights = dict[str, Array]
Others = Callable[[], Mapping[str, AnyWorker]]  # workers under other circumstances, by their names


@dataclass(frozen=True)
class Way:
    """What was tried: how a model is trained, and by which worker. told: in words."""

    worker: AnyWorker
    name: str
    told: str
    seconds: float  # a step
    ends: Weights


def fastest(task: Task, data: Dataset, worker: AnyWorker, others: Others) -> tuple[Way, str]:
    """The way to train, and what was found, in a line. task: of the tuned lane, with its weights.

    others: as of `timing.measure`; the best way is tried there, too.
    """
    assert task.weights is not None
    matched = _tried(task, data, worker, AS_MATCHED)
    moved = replace(task, weights=perturbed(task.weights, task.job.seed))
    allowed = drift.LIMIT * max(
        _apart(_tried(moved, data, worker, AS_MATCHED).ends, matched.ends),
        EPSILON * max(float(np.abs(array).max(initial=0.0)) for array in matched.ends.values()),
    )
    found = [matched]

    def look(other: AnyWorker, name: str, where: str = "") -> None:
        tried = _tried(task, data, other, name, where)
        if _apart(tried.ends, matched.ends) <= allowed:
            found.append(tried)

    for name in _ways(task, data, worker)[1:]:
        look(worker, name)
    best = min(found, key=lambda way: way.seconds)
    for where, other in others().items():
        look(other, best.name, where)
    first, *rest = sorted(found, key=lambda way: way.seconds)
    told = f"{first.told}, {1000 * first.seconds:.3g} ms a step"
    if rest:
        told += f"; next: {rest[0].told}, {1000 * rest[0].seconds:.3g} ms"
    return first, told


def _ways(task: Task, data: Dataset, worker: AnyWorker) -> tuple[str, ...]:
    worker.call(Epochs.drop, task.job.id)
    begin(task, data, worker)
    return worker.call(Epochs.ways, task.job.id)


def _tried(task: Task, data: Dataset, worker: AnyWorker, name: str, where: str = "") -> Way:
    worker.call(Epochs.drop, task.job.id)
    begin(task, data, worker, name)
    samples = min(len(data.train_images), STEPS * session(task, worker).batch_size)
    worker.call(Epochs.fit, task.job.id, 1, samples)
    ends = worker.call(Models.weights, task.job.id)
    timed = worker.call(Epochs.fit, task.job.id, 2, samples)
    worker.call(Epochs.drop, task.job.id)
    seconds = min(seconds / steps for steps, seconds in timed.laps)
    return Way(worker, name, ", ".join(filter(None, [name, where])), seconds, ends)


def _apart(one: Weights, other: Weights) -> float:
    """The largest difference of two models' weights; infinite where one is no number."""
    gaps = [float(np.abs(one[name] - array).max(initial=0.0)) for name, array in other.items()]
    largest = max(gaps, default=0.0)
    return largest if np.isfinite(largest) else np.inf
