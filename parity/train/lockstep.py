"""Train a Keras model, its port and a perturbed reference in step, and follow the drift.

The perturbed reference is the Keras model with every initial weight moved by one ULP, up or down at
random. What it drifts is what rounding alone can do to this model on these batches; the gate judges
the port's drift by it. All three see the same batches, masks and noise.

Training is chaotic: sooner or later rounding falls on a ReLU or a pooling window that stands on
the edge, and the two part, at a step that differs for every rounding. So a port that drifts
further than the reference allows is taken back to that step and tried again: given Keras's weights
and state before each of the next steps, does it make the same steps? If so, rounding has grown.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from statistics import median

import numpy as np

from parity.errors import NotRecordedError
from parity.mapping.plan import Plan
from parity.numerics import drift
from parity.records.comparison import Array, Dtype, Finding
from parity.records.otherwise import AS_IT_IS, Otherwise
from parity.records.training import Divergence, Drift, Lockstep, Session, Steps
from parity.sides.calls import TwoSides
from parity.sides.training_verbs import TrainingInTorch
from parity.train.event import describe
from parity.train.trio import Block, Trio

BLOCK = 100  # steps between two comparisons, at most
TELLING = (1, 2, 5)  # times 1, 10, 100, ...: the steps that the table shows
TRIALS = 5  # steps that are tried from Keras's own weights after a divergence

Watch = Callable[[int], None]
# After which step, the drift as a multiple, and the same when the port trains otherwise.
Explain = Callable[[int, float, Callable[[Otherwise], float]], Finding | None]


def reported(steps: int) -> list[int]:
    """1, 2, 5, 10, 20, 50, ... and the last step: what a table shows."""
    decades = (step * 10**n for n in range(8) for step in TELLING)
    return sorted({step for step in decades if step < steps} | {steps})


def compared(steps: int) -> list[int]:
    """The steps after which all weights are compared: the reported ones, and every BLOCK."""
    return sorted({*reported(steps), *range(BLOCK, steps, BLOCK)})


def run(
    plan: Plan,
    sides: TwoSides,
    raw: Array,
    labels: Array,
    shared: Session,
    dtype: Dtype,
    steps: int,
    watch: Watch = lambda step: None,
    is_narrow: bool = False,
    explain: Explain = lambda step, before, trial: None,
) -> Lockstep:
    """Train for `steps` steps; a run whose port makes other steps than Keras ends where it parts.

    raw: samples as the data set has them, (N, ...); labels: (N, ...). `watch` is told each compared
    step.
    is_narrow: Keras computes layers in float32 even in a float64 model. explain: is asked for the
    cause where the port makes other steps.
    """
    begun = time.perf_counter()
    trio = Trio(plan, sides, dtype, shared, is_narrow)
    trio.start(raw, labels)
    blocks: list[Block] = []
    first = trio.drifts(0, None)
    ports, references = [first[0]], [first[1]]
    done, divergence = 0, None
    for step in compared(steps):
        if divergence is None:
            trio.mark()
        block = trio.advance(done + 1, step - done)
        port, reference = trio.drifts(step, block)
        allowed = drift.larger(reference, drift.ceiling(tuple(references))[-1])
        blocks.append(block)
        ports.append(port)
        references.append(reference)
        watch(step)
        if not np.array_equal(block[0].samples, block[1].samples):
            break
        if divergence is None and drift.multiple(port, allowed) > drift.LIMIT:
            given = trio, done, step, drift.ceiling(tuple(references))[-2]
            try:
                divergence = _diverge(*given)
            except NotRecordedError:
                divergence = _diverge_as_recorded(*given)
            if not divergence.is_rounding:
                again = partial(_otherwise, trio, raw, labels, divergence.step)
                before = max(divergence.drift, 0.0) / (divergence.reference_drift or 1.0)
                finding = explain(divergence.step, before, again)
                divergence = replace(divergence, finding=finding)
                break
        done = step
    keras, torch, other = (_joined([block[n] for block in blocks]) for n in range(3))
    return Lockstep(
        plan.pair.name,
        dtype,
        len(keras.losses),
        keras,
        torch,
        other,
        tuple(ports),
        tuple(references),
        divergence,
        time.perf_counter() - begun,
    )


def _otherwise(trio: Trio, raw: Array, labels: Array, steps: int, otherwise: Otherwise) -> float:
    """The largest drift, as a multiple of the reference's, of a training from the start on in which
    the port does something otherwise."""
    trio.start(raw, labels)
    torch = trio.sides.torch
    torch.call(TrainingInTorch.do_otherwise, trio.name, otherwise)
    try:
        references = [trio.drifts(0, None)[1]]
        found = []
        done = 0
        for step in compared(steps):
            port, reference = trio.drifts(step, trio.advance(done + 1, step - done))
            references.append(reference)
            done = step
            found.append(drift.multiple(port, drift.ceiling(tuple(references))[-1]))
    finally:
        torch.call(TrainingInTorch.do_otherwise, trio.name, AS_IT_IS)
    return max(found)


def _diverge(trio: Trio, done: int, last: int, allowed: Drift) -> Divergence:
    """Go back to the last agreement, find the step that breaks it, and try it again.

    The models are left as they were after step `last`.
    """
    trio.restore()
    for step in range(done + 1, last + 1):
        trio.mark()
        port, reference = trio.drifts(step, trio.advance(step, 1))
        allowed = drift.larger(reference, allowed)
        if drift.multiple(port, allowed) > drift.LIMIT or step == last:
            break
    parted = _parted(trio, step, port, allowed)
    trio.restore()
    event = describe(trio.plan, trio.sides, trio.name, step)
    multiples = _try_again(trio, step)
    trio.restore()
    trio.advance(step, last - step + 1)
    return replace(
        parted, event=event, multiples=multiples, is_rounding=median(multiples) <= drift.LIMIT
    )


def _diverge_as_recorded(trio: Trio, done: int, last: int, allowed: Drift) -> Divergence:
    """The same where Keras is a record, which knows no steps but those between two comparisons:
    they are tried again, as one, from Keras's own weights and state."""
    trio.restore()
    trio.begin_port()
    again, reference = trio.drifts(last, trio.advance(done + 1, last - done))
    multiple = drift.multiple(again, drift.larger(reference, allowed))
    trio.restore()
    port, reference = trio.drifts(last, trio.advance(done + 1, last - done))
    return replace(
        _parted(trio, last, port, reference),
        event=f"steps {done + 1:,} to {last:,} are recorded as one",
        multiples=(multiple,),
        is_rounding=multiple <= drift.LIMIT,
    )


def _parted(trio: Trio, step: int, port: Drift, reference: Drift) -> Divergence:
    """Where the two stand apart, as the models are now."""
    keras, torch = trio.weights()
    name, index = port.variable, port.index
    here = float(keras[name][index]), float(torch[name][index])
    return Divergence(step, name, index, *here, port.weights, reference.weights, event="")


def _try_again(trio: Trio, first: int) -> tuple[float, ...]:
    """One-step drifts from Keras's own weights and state, as multiples of a reference's.

    A real difference shows at every step. A value on the edge, which rounding may tip, shows now
    and then: the median tells them apart.
    """
    found = []
    for step in range(first, first + TRIALS):
        trio.resynchronise(step)
        found.append(drift.multiple(*trio.drifts(step, trio.advance(step, 1))))
    return tuple(found)


def _joined(blocks: list[Steps]) -> Steps:
    def of(name: str) -> Array:
        return np.concatenate([getattr(block, name) for block in blocks])

    seconds = sum(block.seconds for block in blocks)
    return Steps(1, of("samples"), of("losses"), of("norms"), of("accuracies"), seconds)
