"""Check one pair: plan, transfer, then the gates in order, each resting on the ones before it."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from parity.checking import forward, probe
from parity.checking.probe import Probe
from parity.diagnose import data as diagnosed_data
from parity.diagnose import losses, optimizing
from parity.errors import ModelError
from parity.gates import GATES, gradients, lockstep, loss, optimizer, structure, weights
from parity.gates import data as data_gate
from parity.gates import gather_data as data_evidence
from parity.gates import gather_gradients as gradient_evidence
from parity.gates import gather_loss as loss_evidence
from parity.gates import gather_optimizer as optimizer_evidence
from parity.gates.float32_leaks import name_leaks
from parity.mapping import ledger as transfer
from parity.mapping import plan as planning
from parity.mapping.plan import DTYPES, Plan, key
from parity.records.comparison import (
    Array,
    Dtype,
    Finding,
    GateResult,
    LayerCheck,
    Measured,
    Pair,
    Report,
    Verdict,
)
from parity.records.training import Session
from parity.sides.process import Sides
from parity.train import lockstep as locked
from parity.train.session import session

# A gate is not run where one that it rests on found a difference in the same dtype.
RESTS_ON = {
    "gradients": ("forward", "loss"),
    "lockstep": ("forward", "loss", "gradients", "optimizer"),
}
STEPS = 5  # of lock-step in a check; `parity lockstep` takes as many as one likes


@dataclass(frozen=True)
class Choice:
    """Which gates to run, in which dtypes, and how many steps of lock-step."""

    gates: tuple[str, ...] = GATES
    dtypes: tuple[Dtype, ...] = DTYPES
    steps: int = STEPS
    seed: int = 0


def check(
    pair: Pair,
    sides: Sides,
    shown: Probe,
    provenance: dict[str, Any],
    choice: Choice = Choice(),
) -> Report:
    """Build a pair's models, run the gates on them, and report."""
    plan = planning.draw_up(pair, sides, shown.images, choice.seed)
    return gates(plan, sides, shown, provenance, choice)


def gates(
    plan: Plan,
    sides: Sides,
    shown: Probe,
    provenance: dict[str, Any],
    choice: Choice = Choice(),
) -> Report:
    """Run the chosen gates in order on models that draw_up built."""
    findings: list[Finding] = []
    results = [
        *_data_gate(plan.pair, sides, shown, choice, findings),
        structure.judge(plan.alignment, plan.keras, plan.torch, plan.layouts, plan.ledger),
        _weights_gate(plan, sides, choice.seed),
    ]
    results = [result for result in results if result.name in choice.gates]
    wanted = [name for name in GATES[3:] if name in choice.gates]
    why = _obstacle(plan)
    if why:
        results += _before_obstacle(plan, sides, shown, choice, findings)
        results += [
            GateResult(name, "not run", dtype=dtype, note=why)
            for name in wanted
            if name not in {result.name for result in results}
            for dtype in choice.dtypes
        ]
        return Report(plan.pair.name, tuple(results), provenance, tuple(findings))
    shared = session(plan, sides, choice.seed)
    if set(wanted) - {"forward"}:
        for dtype in DTYPES:
            job = (key(plan.pair, dtype), shared)
            sides.both("compile", job, job)
    for name in wanted:
        dtypes = [dtype for dtype in choice.dtypes if not _fallen(name, dtype, results)]
        try:
            judged = _run(name, dtypes, plan, sides, shown, shared, choice, findings)
        except ModelError as error:
            judged = [_broken(name, dtype, str(error)) for dtype in dtypes]
        found = {gate.dtype: gate for gate in judged}
        for dtype in choice.dtypes:
            results.append(found.get(dtype) or _not_run(name, dtype, results))
    return Report(plan.pair.name, tuple(results), provenance, tuple(findings))


def _before_obstacle(
    plan: Plan, sides: Sides, shown: Probe, choice: Choice, findings: list[Finding]
) -> list[GateResult]:
    """The forward gate of the layers before the first whose weights cannot be moved, if any."""
    before = planning.movable(plan)
    if plan.torch.error or not before.alignment.matches or "forward" not in choice.gates:
        return []
    return _forward(before, sides, shown, list(choice.dtypes), findings)


def _forward(
    plan: Plan, sides: Sides, shown: Probe, dtypes: list[Dtype], findings: list[Finding]
) -> list[GateResult]:
    met = forward.walk(plan, sides, key(plan.pair, "float32"))
    judged = [forward.judged(plan, met, dtype) for dtype in dtypes]
    findings.extend(forward.causes(met, plan.keras.steps))
    return [name_leaks(gate, plan, sides, shown.images) for gate in judged]


def _data_gate(
    pair: Pair, sides: Sides, shown: Probe, choice: Choice, findings: list[Finding]
) -> list[GateResult]:
    """What both files make of the images, in each dtype; a cause goes into `findings`."""
    if "data" not in choice.gates:
        return []
    try:
        values = data_evidence.gather(pair, sides, shown.images, shown.labels)
    except ModelError as error:
        return [_broken("data", dtype, str(error)) for dtype in choice.dtypes]
    judged = [data_gate.judge(dtype, values[dtype]) for dtype in choice.dtypes]
    if _differ(judged):
        findings.append(diagnosed_data.find(values["float64"]))
    return judged


def _run(
    name: str,
    dtypes: list[Dtype],
    plan: Plan,
    sides: Sides,
    shown: Probe,
    shared: Session,
    choice: Choice,
    findings: list[Finding],
) -> list[GateResult]:
    """One gate in these dtypes: gather its evidence and judge it; causes go into `findings`."""
    if not dtypes:
        return []
    if name == "forward":
        return _forward(plan, sides, shown, dtypes, findings)
    if name == "loss":
        values = loss_evidence.gather(plan, sides, shown.images, shown.labels, choice.seed)
        judged = [loss.judge(dtype, values[dtype]) for dtype in dtypes]
        if _differ(judged):
            findings.append(_why_loss(plan, sides, shown, choice.seed, values["float64"]))
        return judged
    if name == "gradients":
        values, unused = gradient_evidence.gather(plan, sides, shown.images, shown.labels)
        judged = [gradients.judge(dtype, values[dtype], unused) for dtype in dtypes]
        if _differ(judged):
            findings.append(losses.of_gradients(values["float64"], *_sizes(plan, shown)))
        return judged
    if name == "optimizer":
        found = optimizer_evidence.gather(plan, sides, choice.seed)
        judged = [
            optimizer.judge(
                dtype, found.updates[dtype], found.slots[dtype], found.unanswered, found.settings
            )
            for dtype in dtypes
        ]
        if _differ(judged):
            subject = optimizing.Subject(
                found.updates["float64"], found.settings, found.module, found.under
            )
            findings.append(optimizing.find(subject))
        return judged
    data = (shown.train_images, shown.train_labels)
    return [
        lockstep.judge(locked.run(plan, sides, *data, shared, dtype, choice.steps))
        for dtype in dtypes
    ]


def _differ(judged: list[GateResult]) -> bool:
    return any(gate.verdict == "differ" for gate in judged)


def _why_loss(plan: Plan, sides: Sides, shown: Probe, seed: int, values: list[Measured]) -> Finding:
    names = values[0].keras_name.partition(",")[0], values[0].torch_name
    under = partial(loss_evidence.under, plan, sides, shown.images, shown.labels, seed, values)
    return losses.find(losses.Subject(*names, values, *_sizes(plan, shown), under))


def _sizes(plan: Plan, shown: Probe) -> tuple[int, int]:
    """Samples, and the values that the model gives for each."""
    return len(shown.images), int(np.prod(plan.keras.steps[-1].shape[1:]))


def _broken(name: str, dtype: Dtype, error: str) -> GateResult:
    """A gate in which a side broke off: the port's fault, or Keras's, which can compare nothing."""
    verdict: Verdict = "incomplete" if error.startswith("keras side") else "differ"
    line = LayerCheck("", "", verdict, note=error)
    return GateResult(name, verdict, (line,), dtype, "broke off")


def _obstacle(plan: Plan) -> str:
    """Why no values can be compared, or ""."""
    if plan.torch.error:
        return "the torch pass broke off"
    if plan.ledger.failures or plan.ledger.unknown:
        return "the weights could not be moved"
    return "" if plan.alignment.matches else "no layer was matched"


def _fallen(name: str, dtype: Dtype, results: list[GateResult]) -> list[str]:
    """The gates before this one that it rests on and that did not pass."""
    stops: tuple[Verdict, ...] = ("differ", "not run")
    return [
        gate.name
        for gate in results
        if gate.name in RESTS_ON.get(name, ()) and gate.dtype == dtype and gate.verdict in stops
    ]


def _not_run(name: str, dtype: Dtype, results: list[GateResult]) -> GateResult:
    note = f"rests on {', '.join(_fallen(name, dtype, results))}"
    return GateResult(name, "not run", dtype=dtype, note=note)


def _weights_gate(plan: Plan, sides: Sides, seed: int) -> GateResult:
    """Move probing weights to the port in both dtypes, read them back, and judge the float64."""
    wide = key(plan.pair, "float64")
    drawn = probe.weights(sides.keras.call("weights", wide), seed)
    ledger = planning.movable(plan).ledger
    for dtype in DTYPES:
        name = key(plan.pair, dtype)
        cast = {path: _cast(array, dtype) for path, array in drawn.items()}
        sides.both("assign", (name, cast), (name, transfer.to_torch(ledger, cast)))
    held = sides.torch.call("weights", wide)
    return weights.judge(plan.ledger, drawn, held, transfer.to_keras(ledger, held))


def _cast(array: Array, dtype: Dtype) -> Array:
    return array.astype(dtype) if np.issubdtype(array.dtype, np.floating) else array
