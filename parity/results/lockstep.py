"""The job of `parity lockstep`: train a pair in step, judge the drift, hand on a record."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from parity.checking import models
from parity.checking import run as checking
from parity.checking.options import Options
from parity.gates import lockstep as gate
from parity.mapping import layout_moves
from parity.mapping.overrides import NONE, MappingOverrides
from parity.mapping.plan import Plan, key
from parity.numerics.draws import TEST_NOISE, steps_per_epoch
from parity.numerics.drift import ceiling, multiple
from parity.records.comparison import Array, Dtype
from parity.records.pair import Pair, Task
from parity.records.training import Cost, Decisions, Lockstep, LockstepRecord, Point, Session
from parity.results import own
from parity.results.pair import probe_of
from parity.sides.process import Sides
from parity.sides.training_verbs import Epochs
from parity.sides.verbs import Models
from parity.train import lockstep, naive
from parity.train.data.dataset import Dataset
from parity.train.session import session, start
from parity.train.trio import as_reference

Watch = Callable[[str, int], None]  # what is going on, steps done

CONVENTIONS = (
    "same initial weights, batch order, dropout masks and input noise; "
    "each side's own loss and optimizer; the reference is the Keras model one ULP away"
)


@dataclass(frozen=True)
class Settings:
    """What a person chose. `steps` None: as many as `epochs` have."""

    dtype: Dtype = "float64"
    steps: int | None = None
    epochs: int = 1
    seed: int = 0
    cost: bool = False
    naive: int = 0  # steps of each naive translation
    overrides: MappingOverrides = NONE


def follow(
    pair: Pair,
    sides: Sides,
    data: Dataset,
    settings: Settings,
    provenance: dict[str, Any],
    watch: Watch,
) -> LockstepRecord:
    """Train a pair in lock-step and return what a result file holds."""
    options = Options(seed=settings.seed, overrides=settings.overrides)
    plan, shared = _prepared(pair, sides, data, options, provenance)
    train = (data.train_images, data.train_labels)
    steps = _steps(settings, shared, len(data.train_images))
    run = lockstep.run(
        plan, sides, *train, shared, settings.dtype, steps, lambda step: watch("lock-step", step)
    )
    watch("testing", run.steps)
    decisions = _decisions(plan, sides, data, settings)
    record = _record(run, sides.keras.backend, data, provenance, decisions)
    if settings.cost:
        watch("plain training", run.steps)
        record = replace(record, cost=_cost(plan, sides, *train, shared, run))
    if settings.naive:
        rows = naive.run(
            plan, sides, *train, shared, settings.dtype, settings.naive, lambda name: watch(name, 0)
        )
        record = replace(record, naive=tuple(rows))
    return record


def _prepared(
    pair: Pair, sides: Sides, data: Dataset, options: Options, provenance: dict[str, Any]
) -> tuple[Plan, Session]:
    if not pair.has_twin_files:
        few = replace(options, gates=own.FUNCTION, explain=False)
        found = own.prepare(pair, sides, data, few, provenance)
        return found.plan, found.shared
    shown = probe_of(data)
    pair = checking.with_samples(pair, sides, options, shown)[0]
    plan = models.draw_up(pair, sides, options, shown)
    return plan, session(plan, sides, options.seed)


def _steps(settings: Settings, shared: Session, samples: int) -> int:
    if settings.steps is not None:
        return settings.steps
    return settings.epochs * steps_per_epoch(samples, shared.batch_size)


def _record(
    run: Lockstep,
    backend: str,
    data: Dataset,
    provenance: dict[str, Any],
    decisions: Decisions | None,
) -> LockstepRecord:
    judged = gate.judge(run)
    shown = {*lockstep.reported(run.steps), run.port[-1].step}
    sides = {"keras": run.keras, "torch": run.torch}
    plain = {
        "keras": run.keras.seconds,
        "torch": run.torch.seconds,
        "reference": run.reference.seconds,
    }
    multiples = map(multiple, run.port, ceiling(run.yardstick))
    return LockstepRecord(
        run.pair,
        run.dtype,
        backend,
        run.steps,
        judged.verdict,
        judged.note,
        CONVENTIONS,
        tuple(
            Point(mine.step, mine.step in shown, mine, its, times)
            for mine, its, times in zip(run.port, run.yardstick, multiples, strict=True)
        ),
        float(np.abs(run.keras.losses - run.torch.losses).max()),
        run.divergence,
        {name: tuple(side.losses.tolist()) for name, side in sides.items()},
        {name: tuple(side.norms.tolist()) for name, side in sides.items()},
        {"whole": run.seconds, **plain},
        data.describe(),
        provenance,
        decisions,
    )


def _decisions(plan: Plan, sides: Sides, data: Dataset, settings: Settings) -> Decisions | None:
    task, name = plan.pair.trained.task, key(plan.pair, settings.dtype)
    if task is None:
        return None
    predicted = _own_predictions if not plan.pair.has_twin_files else _predictions
    ours, theirs, its = (_decide(task, x) for x in predicted(sides, name, data, settings.seed))
    return Decisions(int(ours.size), int((ours != theirs).sum()), int((ours != its).sum()))


def _predictions(sides: Sides, name: str, data: Dataset, seed: int) -> tuple[Array, Array, Array]:
    """Keras's, the port's and the reference's."""
    noise_key = (seed, 0, TEST_NOISE)
    keras, torch = sides.both(Models.predict, name, data.test_images, noise_key)
    with as_reference(sides.keras, name):
        reference = sides.keras.call(Models.predict, name, data.test_images, noise_key)
    return keras, layout_moves.by_rank(torch.ndim).to_keras(torch), reference


def _own_predictions(
    sides: Sides, name: str, data: Dataset, seed: int
) -> tuple[Array, Array, Array]:
    """The same of a pair that a training is given of: classes, or values of the first samples."""
    keras, torch = sides.both(Epochs.show, name, data.test_images)
    with as_reference(sides.keras, name):
        reference = sides.keras.call(Epochs.show, name, data.test_images)
    (ours,), (theirs,), (its,) = keras.values(), torch.values(), reference.values()
    return ours, theirs, its


def _decide(task: Task, found: Array) -> Array:
    """found: predictions, or of classifiers classes."""
    if task == "classify":
        return found if found.ndim == 1 else found.argmax(axis=1)
    decided: Array = found > 0.5
    return decided


def _cost(
    plan: Plan, sides: Sides, images: Array, labels: Array, shared: Session, run: Lockstep
) -> Cost:
    """Of both plain loops, one after the other."""
    samples = min(run.steps * shared.batch_size, len(images))
    a_whole = steps_per_epoch(samples, shared.batch_size)
    epochs = -(-run.steps // a_whole)
    start(plan, sides, run.dtype, images[:samples], labels[:samples], shared)
    name = key(plan.pair, run.dtype)
    keras, torch = (
        sum(worker.call(Epochs.fit, name, epoch).seconds for epoch in range(1, epochs + 1))
        for worker in (sides.keras, sides.torch)
    )
    both = (keras + torch) * run.steps / (epochs * a_whole)
    return Cost(keras, torch, both, run.seconds, run.seconds / both)
