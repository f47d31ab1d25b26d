"""The gates of a pair that has a recipe: data, loss, gradients, optimizer and lock-step."""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from parity.checking import foreseen_training, own_samples, shared_draws, training_subjects
from parity.checking.collected import Collected, cut
from parity.checking.options import Options
from parity.checking.probe import Probe
from parity.checking.training_job import Job
from parity.diagnose import data as diagnosed_data
from parity.diagnose import (
    differentiating,
    losses,
    optimizing,
    whole_losses,
)
from parity.diagnose.rates import Rates
from parity.errors import ModelError
from parity.gates import (
    METRICS,
    gradients,
    lockstep,
    loss,
    metrics,
    optimizer,
    whole_loss,
)
from parity.gates import data as data_gate
from parity.mapping.plan import DTYPES, Plan, key
from parity.records.comparison import (
    Array,
    Dtype,
    Finding,
    GateResult,
    LayerCheck,
    Verdict,
)
from parity.records.pair import Pair, Task
from parity.records.training import Session
from parity.sides import twin_file
from parity.sides.calls import TwoSides
from parity.sides.process import Sides
from parity.sides.recording import Recording
from parity.sides.training_verbs import Training
from parity.train import lockstep as locked
from parity.train.session import session

TRAINED = ("loss", "gradients", "optimizer", "lockstep")  # in this order
SAMPLES = 32  # of a batch, at most, in the few steps that a check trains twin files for

Judged = tuple[list[GateResult], list[Finding]]


def workers(sides: TwoSides) -> Sides:
    """Twin files are run in workers."""
    assert isinstance(sides, Sides)
    return sides


def with_task(pair: Pair, sides: Sides, samples: Probe) -> Pair:
    """The pair with the task that its target tells: one-hot rows are classes."""
    assert pair.recipe is not None
    if pair.recipe.task is not None:
        return pair
    shown = samples.raw, samples.labels, "float32"
    _, target = sides.keras.run(twin_file.data, pair.keras, *shown)
    return replace(pair, recipe=replace(pair.recipe, task=_task(target)))


def _task(target: Array) -> Task:
    rows = target.ndim == 2 and np.isin(target, (0, 1)).all() and (target.sum(axis=1) == 1).all()
    return "classify" if target.ndim == 1 or rows else "reconstruct"


def data(pair: Pair, sides: Sides, samples: Probe, options: Options) -> Judged:
    """What both files make of the samples, in each dtype."""
    try:
        values = data_gate.gather(pair, sides, samples.raw, samples.labels)
    except ModelError as error:
        return [_broken("data", dtype, str(error)) for dtype in options.dtypes], []
    judged = [data_gate.judge(dtype, values[dtype]) for dtype in options.dtypes]
    return judged, [diagnosed_data.find(values["float64"])] if _differ(judged) else []


def gates(job: Job, found: Collected, progress: Callable[[str], None]) -> None:
    """Run the chosen gates of training, each unless one that it rests on fell."""
    wanted = [name for name in TRAINED if name in job.options.gates]
    if "loss" in wanted and job.plan.pair.has_own_metrics:
        wanted.insert(1, METRICS)
    why = obstacle(job.plan)
    if why:
        found.add(
            GateResult(name, "not run", dtype=dtype, note=why)
            for name in wanted
            for dtype in job.options.dtypes
        )
        return
    if not wanted:
        return
    try:
        _each(job, wanted, found, progress)
    finally:
        for dtype in DTYPES:
            job.sides.both(Training.finish, key(job.plan.pair, dtype))


def _each(job: Job, wanted: list[str], found: Collected, progress: Callable[[str], None]) -> None:
    try:
        shared = _compiled(job)
    except ModelError as error:
        for name in wanted:
            found.add(_broken(name, d, str(error), job.plan) for d in job.options.dtypes)
        return
    known: dict[str, Judged] = {}
    if "gradients" in wanted and shared_draws.is_open(found, shared):
        dtypes = list(job.options.dtypes)
        with contextlib.suppress(ModelError):
            known["gradients"] = shared_draws.prove(found, partial(_gradients, job, shared, dtypes))
    for name in wanted:
        if job.budget.is_spent:
            found.add(cut(name, job.budget, dtype) for dtype in job.options.dtypes)
            continue
        progress(name)
        resting = partial(found.fallen, is_stepped=shared.own is not None and shared.own.is_stepped)
        dtypes = [dtype for dtype in job.options.dtypes if not resting(name, dtype)]
        try:
            judged, causes = (
                known.get(name) or _RUN[name](job, shared, dtypes) if dtypes else ([], [])
            )
        except ModelError as error:
            judged, causes = [_broken(name, dtype, str(error), job.plan) for dtype in dtypes], []
        if name == "optimizer" and optimizer.has_rounded(judged):
            job = replace(job, narrow=(*job.narrow, optimizer.ROUNDED))
        ran = {gate.dtype: gate for gate in judged}
        each = [ran.get(d) or _not_run(name, d, resting(name, d)) for d in job.options.dtypes]
        found.add(each, causes)
    if isinstance(job.sides.keras, Recording):
        progress("what Keras's training gives to other ports")
        foreseen_training.foresee(job, shared)


def _compiled(job: Job) -> Session:
    """Both models as they are trained, in both dtypes."""
    plan, sides = job.plan, job.sides
    own = None if plan.pair.has_twin_files else own_samples.of(plan, sides, job.options)
    shared = session(plan, sides, job.options.seed, own)
    if own is None:
        shared = replace(shared, batch_size=min(shared.batch_size, SAMPLES))
    for dtype in DTYPES:
        name = key(plan.pair, dtype)
        sides.both(Training.feed, name, job.samples.train_raw, job.samples.train_labels)
        sides.both(Training.compile, name, shared)
    return shared


def _loss(job: Job, shared: Session, dtypes: list[Dtype]) -> Judged:
    shown = job.samples.raw, job.samples.labels
    values = loss.gather(job.plan, job.sides, *shown, job.options.seed, job.is_narrow)
    judged = [loss.judge(dtype, values[dtype]) for dtype in dtypes]
    if not _differ(judged):
        return judged, []
    wide = values["float64"]
    names = wide[0].keras_name.partition(",")[0], wide[0].torch_name
    if shared.own is None:  # the figures are of a loss alone
        under = partial(loss.under, job.plan, job.sides, *shown, job.options.seed, wide)
        subject = losses.DifferingLoss(*names, wide, *job.sizes, under)
        found = losses.find(subject, job.budget)
        if found.causes:
            return judged, [found]
        wide = whole_loss.gather(job.plan, job.sides, *shown, job.is_narrow)["float64"]
    whole = training_subjects.of_loss(job, shared.own, names, wide)
    return judged, [whole_losses.find(whole, job.budget)]


def _gradients(job: Job, shared: Session, dtypes: list[Dtype]) -> Judged:
    shown = job.samples.raw, job.samples.labels
    values, unused, is_apart = gradients.gather(job.plan, job.sides, *shown, job.narrow)
    if isinstance(job.sides.keras, Recording):
        gradients.foresee(job.plan, job.sides, *shown)
    judged = [gradients.judge(dtype, values[dtype], unused, is_apart) for dtype in dtypes]
    if not _differ(judged):
        return judged, []
    subject = training_subjects.of_gradients(job, shared, values["float64"], unused)
    return judged, [differentiating.find(subject, job.budget)]


def _optimizer(job: Job, shared: Session, dtypes: list[Dtype]) -> Judged:
    is_stepped = shared.own is not None and shared.own.is_stepped
    is_narrow = is_stepped and training_subjects.is_narrow(job)
    found = optimizer.gather(job.plan, job.sides, job.options.seed, is_stepped, is_narrow)
    judged = [
        optimizer.judge(
            dtype, found.updates[dtype], found.slots[dtype], found.unanswered, found.settings
        )
        for dtype in dtypes
    ]
    if not _differ(judged):
        return judged, []
    subject = training_subjects.of_optimizer(job, shared, found)
    return judged, [optimizing.find(subject, job.budget)]


def _lockstep(job: Job, shared: Session, dtypes: list[Dtype]) -> Judged:
    train = job.samples.train_raw, job.samples.train_labels
    given = job.plan, job.sides, *train, shared
    steps = job.options.steps
    if shared.own is not None:
        steps = own_samples.steps(shared.own.training, len(train[0]))
    rates: Rates = ((), ())
    if shared.own is not None:
        rates = job.sides.both(Training.rates, key(job.plan.pair, "float64"), steps)
    is_narrow = job.is_narrow or optimizer.are_narrow(rates[0])
    if shared.own is not None:
        is_narrow = is_narrow or training_subjects.is_narrow(job)
    runs = [
        locked.run(
            *given,
            d,
            steps,
            is_narrow=is_narrow,
            explain=partial(training_subjects.why_parted, job, shared, d, rates[0]),
        )
        for d in dtypes
    ]
    causes = [run.divergence.finding for run in runs if run.divergence]
    found = [finding for finding in causes if finding is not None][:1]
    return [lockstep.judge(run) for run in runs], found


def _metrics(job: Job, shared: Session, dtypes: list[Dtype]) -> Judged:
    found = metrics.gather(job.plan, job.sides, job.samples.raw, job.samples.labels)
    return [metrics.judge(dtype, found) for dtype in dtypes], []


_RUN: dict[str, Callable[[Job, Session, list[Dtype]], Judged]] = {
    "loss": _loss,
    METRICS: _metrics,
    "gradients": _gradients,
    "optimizer": _optimizer,
    "lockstep": _lockstep,
}


def _differ(judged: list[GateResult]) -> bool:
    return any(gate.verdict == "differ" for gate in judged)


def _broken(name: str, dtype: str, error: str, plan: Plan | None = None) -> GateResult:
    """A gate in which a side broke off: the port's fault, or Keras's, which can compare nothing.

    plan: of an own pair, a right port of which may draw in a way that cannot be shared.
    """
    is_own = plan is not None and not plan.pair.has_twin_files
    verdict: Verdict = "incomplete" if is_own or error.startswith("keras side") else "differ"
    line = LayerCheck("", "", verdict, note=error)
    return GateResult(name, verdict, (line,), dtype, "broke off")


def obstacle(plan: Plan) -> str:
    """Why the two cannot be trained alike, or ""."""
    if plan.torch.error:
        return "the torch pass broke off"
    if plan.ledger.failures or plan.ledger.unknown:
        return "the weights could not be moved"
    return "" if plan.alignment.matches else "no layer was matched"


def _not_run(name: str, dtype: str, fallen: list[str]) -> GateResult:
    note = f"rests on {', '.join(fallen)}"
    return GateResult(name, "not run", dtype=dtype, note=note)
