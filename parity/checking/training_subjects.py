"""What differs in a training, as a diagnosis takes it."""

from functools import partial

import numpy as np

from parity.checking.training_job import Job
from parity.diagnose import parting, penalized
from parity.diagnose.differentiating import DifferingGradients
from parity.diagnose.optimizing import DifferingOptimizer
from parity.diagnose.whole_losses import DifferingWholeLoss
from parity.gates import gradients, optimizer, optimizer_settings, whole_loss
from parity.mapping import ledger
from parity.mapping.plan import Plan, key
from parity.records.comparison import Dtype, Finding, Measured
from parity.records.own_training import OwnTraining
from parity.records.training import Session
from parity.sides.training_verbs import Training, TrainingInKeras, TrainingInTorch


def of_loss(
    job: Job, own: OwnTraining | None, names: tuple[str, str], wide: list[Measured]
) -> DifferingWholeLoss:
    """own: None for twin files; names: of both losses; wide: the float64 figures."""
    plan, sides, raw, labels = job.plan, job.sides, job.samples.raw, job.samples.labels
    weighed = own.keras.weights if own else None
    return DifferingWholeLoss(
        *names,
        wide,
        *job.sizes,
        partial(whole_loss.under, plan, sides, raw, labels, wide),
        penalized.penalties(plan.keras.steps, sides.keras.backend),
        whole_loss.weights(plan, sides, wide),
        weighed[raw] if isinstance(weighed, np.ndarray) else None,
        own is not None and own.is_stepped,
        partial(whole_loss.otherwise, plan, sides, raw, labels, wide),
        partial(sides.torch.call, TrainingInTorch.written, key(plan.pair, "float64"), raw, labels),
    )


def of_gradients(
    job: Job, shared: Session, wide: list[Measured], unused: tuple[str, ...]
) -> DifferingGradients:
    """unused: what Keras draws, and no call of the port's asked for."""
    plan, sides = job.plan, job.sides
    theirs = {line.torch.name: line.torch for line in ledger.trained(plan.ledger).lines}
    shown = job.samples.raw, job.samples.labels
    return DifferingGradients(
        wide,
        *job.sizes,
        frozen=tuple(name for name, found in theirs.items() if not found.trainable),
        under=partial(gradients.under, plan, sides, *shown, wide),
        accumulated=optimizer_settings.accumulated(plan, sides),
        is_stepped=shared.own is not None and shared.own.training.step is not None,
        drops=any(layer.kind == "keep" for layer in shared.layers),
        idle=tuple(x for x in shared.layers if x.kind == "keep" and x.name in unused),
        undropped=partial(gradients.undropped, plan, sides, *shown, wide),
    )


def of_optimizer(job: Job, shared: Session, found: optimizer.Found) -> DifferingOptimizer:
    plan = job.plan
    return DifferingOptimizer(
        found.updates["float64"],
        found.settings,
        found.module,
        found.under,
        found.rates,
        epoch(job, shared),
        tuple(penalized.constraints(plan.keras.steps, plan.ledger.lines)),
        found.unmoved if shared.own is not None else (),
        found.clipping,
        found.accumulated,
        shared.own is not None and shared.own.training.step is not None,
        _is_sliced(job),
        trained_extra(plan),
    )


def _is_sliced(job: Job) -> bool:
    """Do Keras's optimizers see each occurrence of an Embedding's row alone?"""
    has_table = any(step.kind == "Embedding" for step in job.plan.torch.steps)
    return job.sides.keras.backend == "tensorflow" and has_table


def is_narrow(job: Job) -> bool:
    """Of an own pair: does Keras compute something in float32 that is trained?"""
    name = key(job.plan.pair, "float64")
    return job.is_narrow or job.sides.keras.call(TrainingInKeras.averages_narrowly, name)


def why_parted(
    job: Job,
    shared: Session,
    dtype: Dtype,
    foreseen: tuple[float, ...],
    step: int,
    before: float,
    trial: parting.Trial,
) -> Finding | None:
    """Of an own pair; twin files train by one loop. foreseen: Keras's learning rates, which
    callbacks make others."""
    if shared.own is None:
        return None
    plan = job.plan
    name = key(plan.pair, dtype)
    made = job.sides.keras.call(TrainingInKeras.rates_made, name)[:step]
    ours = made or foreseen[:step]
    theirs = job.sides.torch.call(Training.rates, name, step)
    told = job.sides.keras.call(Training.hyperparameters, key(plan.pair, "float64"))
    subject = parting.Parted(
        step,
        before,
        trial,
        (ours, theirs),
        epoch(job, shared),
        shared.own.training.step is not None,
        trained_extra(plan),
        _is_sliced(job),
        ours != foreseen[: len(ours)] and bool(shared.own.training.scheduler),
        optimizer_settings.clipping(ledger.trained(plan.ledger), told),
    )
    return parting.find(subject, job.budget)


def trained_extra(plan: Plan) -> tuple[tuple[str, str], ...]:
    """The port's parameters that answer nothing that Keras trains, and the cause that this is."""
    answers = {line.torch.name for line in ledger.trained(plan.ledger).lines}
    return tuple(
        (v.name, "bias-doubled" if v.role.startswith("bias_") else "trained-extra")
        for v in plan.torch.variables
        if v.kind == "weight" and v.trainable and v.name not in answers
    )


def epoch(job: Job, shared: Session) -> int:
    """Its steps."""
    return -(-len(job.samples.train_raw) // shared.batch_size)
