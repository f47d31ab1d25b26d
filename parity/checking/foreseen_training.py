"""What a recording asks Keras about its training, beyond what the port at hand gives rise to.

Another port may have another loss, or make whole steps of its own where this one has a loss and an
optimizer apart: its check and its diagnosis need Keras's side of that.
"""

from dataclasses import replace

from parity.checking import training_subjects
from parity.checking.training_job import Job
from parity.gates import optimizer_runs, whole_loss
from parity.mapping import ledger
from parity.mapping.plan import DTYPES, key
from parity.records.training import Session
from parity.sides.training_verbs import Training, TrainingInKeras


def foresee(job: Job, shared: Session) -> None:
    """Both models must be compiled; Keras's is compiled anew.

    Raises ModelError where the Keras model cannot be run.
    """
    shown = job.samples.raw, job.samples.labels
    keras, own = job.sides.keras, shared.own
    if own is None:  # twin files have one form
        return
    if "lockstep" in job.options.gates:
        for dtype in DTYPES:
            keras.call(TrainingInKeras.rates_made, key(job.plan.pair, dtype))
    has_own = keras.call(TrainingInKeras.has_own_step, key(job.plan.pair, "float64"))
    for is_stepped in [True] if has_own else [own.is_stepped, not own.is_stepped]:
        form = replace(shared, own=replace(own, is_stepped=is_stepped))
        for dtype in DTYPES:
            keras.call(Training.compile, key(job.plan.pair, dtype), form)
        if "loss" in job.options.gates:
            whole_loss.foresee(job.plan, job.sides, *shown)
        if "optimizer" in job.options.gates:
            of = ledger.trained(job.plan.ledger), job.options.seed
            is_narrow = training_subjects.is_narrow(job)
            optimizer_runs.foresee(job.plan, job.sides, *of, is_stepped, is_narrow)
        if "lockstep" in job.options.gates:
            count = shared.batch_size
            first = job.samples.train_raw[:count], job.samples.train_labels[:count]
            for dtype in DTYPES:
                keras.call(Training.whole_loss, key(job.plan.pair, dtype), *first)
