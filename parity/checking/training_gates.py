"""The gates of a pair that has a recipe: data, loss, gradients, optimizer and lock-step."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from parity.checking.collected import Collected, cut
from parity.checking.options import Options
from parity.checking.probe import Probe
from parity.diagnose import data as diagnosed_data
from parity.diagnose import losses, optimizing
from parity.errors import ModelError
from parity.gates import data as data_gate
from parity.gates import (
    gradients,
    lockstep,
    loss,
    optimizer,
)
from parity.mapping.plan import DTYPES, Plan, key
from parity.records.budget import UNLIMITED, Budget
from parity.records.comparison import Array, Dtype, Finding, GateResult, LayerCheck, Verdict
from parity.records.pair import Pair, Task
from parity.records.training import Session
from parity.sides import twin_file
from parity.sides.calls import TwoSides
from parity.sides.process import Sides
from parity.sides.verbs import Training
from parity.train import lockstep as locked
from parity.train.session import session

TRAINED = ("loss", "gradients", "optimizer", "lockstep")  # in this order

Judged = tuple[list[GateResult], list[Finding]]


@dataclass(frozen=True)
class Job:
    """A pair with a recipe, and what its gates need. narrow: the Keras layers in float32."""

    plan: Plan
    sides: Sides
    samples: Probe
    options: Options
    narrow: tuple[str, ...] = ()
    budget: Budget = UNLIMITED

    @property
    def is_narrow(self) -> bool:
        return bool(self.narrow)

    @property
    def sizes(self) -> tuple[int, int]:
        """Samples, and the values that the model gives for each."""
        return len(self.samples.raw), int(np.prod(self.plan.keras.steps[-1].shape[1:]))


def workers(sides: TwoSides) -> Sides:
    """Only files have a recipe, and files are run in workers."""
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
    why = _obstacle(job.plan)
    if why:
        found.add(
            GateResult(name, "not run", dtype=dtype, note=why)
            for name in wanted
            for dtype in job.options.dtypes
        )
        return
    if not wanted:
        return
    shared = session(job.plan, job.sides, job.options.seed)
    for dtype in DTYPES:
        job.sides.both(Training.compile, key(job.plan.pair, dtype), shared)
    for name in wanted:
        if job.budget.is_spent:
            found.add(cut(name, job.budget, dtype) for dtype in job.options.dtypes)
            continue
        progress(name)
        dtypes = [dtype for dtype in job.options.dtypes if not found.fallen(name, dtype)]
        try:
            judged, causes = _RUN[name](job, shared, dtypes) if dtypes else ([], [])
        except ModelError as error:
            judged, causes = [_broken(name, dtype, str(error)) for dtype in dtypes], []
        ran = {gate.dtype: gate for gate in judged}
        each = [ran.get(d) or _not_run(name, d, found) for d in job.options.dtypes]
        found.add(each, causes)


def _loss(job: Job, shared: Session, dtypes: list[Dtype]) -> Judged:
    shown = job.samples.raw, job.samples.labels
    values = loss.gather(job.plan, job.sides, *shown, job.options.seed)
    judged = [loss.judge(dtype, values[dtype]) for dtype in dtypes]
    if not _differ(judged):
        return judged, []
    wide = values["float64"]
    names = wide[0].keras_name.partition(",")[0], wide[0].torch_name
    under = partial(loss.under, job.plan, job.sides, *shown, job.options.seed, wide)
    subject = losses.DifferingLoss(*names, wide, *job.sizes, under)
    return judged, [losses.find(subject, job.budget)]


def _gradients(job: Job, shared: Session, dtypes: list[Dtype]) -> Judged:
    shown = job.samples.raw, job.samples.labels
    values, unused = gradients.gather(job.plan, job.sides, *shown, job.narrow)
    judged = [gradients.judge(dtype, values[dtype], unused) for dtype in dtypes]
    if not _differ(judged):
        return judged, []
    return judged, [losses.of_gradients(values["float64"], *job.sizes, job.budget)]


def _optimizer(job: Job, shared: Session, dtypes: list[Dtype]) -> Judged:
    found = optimizer.gather(job.plan, job.sides, job.options.seed)
    judged = [
        optimizer.judge(
            dtype, found.updates[dtype], found.slots[dtype], found.unanswered, found.settings
        )
        for dtype in dtypes
    ]
    if not _differ(judged):
        return judged, []
    wide = found.updates["float64"]
    subject = optimizing.DifferingOptimizer(wide, found.settings, found.module, found.under)
    return judged, [optimizing.find(subject, job.budget)]


def _lockstep(job: Job, shared: Session, dtypes: list[Dtype]) -> Judged:
    train = job.samples.train_raw, job.samples.train_labels
    given = job.plan, job.sides, *train, shared
    runs = (locked.run(*given, d, job.options.steps, is_narrow=job.is_narrow) for d in dtypes)
    return [lockstep.judge(run) for run in runs], []


_RUN: dict[str, Callable[[Job, Session, list[Dtype]], Judged]] = {
    "loss": _loss,
    "gradients": _gradients,
    "optimizer": _optimizer,
    "lockstep": _lockstep,
}


def _differ(judged: list[GateResult]) -> bool:
    return any(gate.verdict == "differ" for gate in judged)


def _broken(name: str, dtype: str, error: str) -> GateResult:
    """A gate in which a side broke off: the port's fault, or Keras's, which can compare nothing."""
    verdict: Verdict = "incomplete" if error.startswith("keras side") else "differ"
    line = LayerCheck("", "", verdict, note=error)
    return GateResult(name, verdict, (line,), dtype, "broke off")


def _obstacle(plan: Plan) -> str:
    """Why the two cannot be trained alike, or ""."""
    if plan.torch.error:
        return "the torch pass broke off"
    if plan.ledger.failures or plan.ledger.unknown:
        return "the weights could not be moved"
    return "" if plan.alignment.matches else "no layer was matched"


def _not_run(name: str, dtype: str, found: Collected) -> GateResult:
    note = f"rests on {', '.join(found.fallen(name, dtype))}"
    return GateResult(name, "not run", dtype=dtype, note=note)
