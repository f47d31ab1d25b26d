"""Gate `optimizer`: ten identical gradients move the weights and the optimizer's state alike."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from parity.gates import optimizer_runs, optimizer_settings
from parity.gates.optimizer_runs import Named, Run
from parity.mapping import ledger
from parity.mapping.plan import DTYPES, Plan, key
from parity.numerics import judging, noise
from parity.records import optimizers
from parity.records.comparison import (
    Array,
    Dtype,
    GateResult,
    LayerCheck,
    Ledger,
    Measured,
    Setting,
    Verdict,
)
from parity.records.otherwise import AS_IT_IS, NOT_CLIPPED, Clipping, Otherwise, Remade
from parity.sides.calls import TwoSides
from parity.sides.training_verbs import Training, TrainingInTorch

FORESEEN = 100  # steps whose learning rates are compared
ROUNDED = "Keras rounds the optimizer's settings to float32"


@dataclass(frozen=True)
class Found:
    updates: dict[Dtype, list[Measured]]
    slots: dict[Dtype, list[Measured]]
    unanswered: tuple[str, ...]  # parts of Keras's state that the port's optimizer has not
    settings: tuple[Setting, ...]
    module: str  # of the port's optimizer
    # The float64 updates of the port's, made otherwise, as it trains otherwise.
    under: Callable[[Remade, Otherwise], list[Measured]]
    rates: tuple[tuple[float, ...], tuple[float, ...]]  # of learning, on both sides, step by step
    unmoved: tuple[str, ...] = ()  # parameters that no optimizer of the port's moves
    clipping: Clipping = NOT_CLIPPED  # Keras's
    accumulated: int = 1  # batches that make a step of Keras's


def gather(
    plan: Plan, sides: TwoSides, seed: int = 0, is_stepped: bool = False, is_narrow: bool = False
) -> Found:
    """Feed identical gradients to both optimizers in both dtypes.

    Both models must be compiled; their weights and optimizers move. is_stepped: the gradients are
    the models' own; is_narrow: and Keras computes some of them in float32.
    """
    wide = key(plan.pair, "float64")
    ours, theirs = sides.both(Training.hyperparameters, wide)
    own = ledger.trained(plan.ledger)
    pairs = optimizer_settings.pairs(own, ours, theirs)
    drawn = optimizer_runs.gradients(own, seed)
    rates = sides.both(Training.rates, wide, FORESEEN)
    runs = {dtype: optimizer_runs.run(plan, sides, dtype, own, drawn) for dtype in DTYPES}
    if is_stepped:
        near = partial(optimizer_runs.begun_near, plan, sides, seed, is_narrow)
        runs = {dtype: replace(run, again=near(dtype, own)) for dtype, run in runs.items()}
    every = optimizer_settings.accumulated(plan, sides)
    if every > 1:
        runs = {dtype: optimizer_runs.as_accumulated(run, every) for dtype, run in runs.items()}
    missing = {*runs["float64"].keras_slots} - {*runs["float64"].torch_slots, *optimizers.MEANS}
    rounded: dict[Dtype, Dtype] = {d: "float32" if is_narrow else d for d in DTYPES}
    updates = {dtype: _updates(runs, dtype, own, rounded[dtype]) for dtype in DTYPES}
    slots = {dtype: _slots(runs, dtype, rounded[dtype]) for dtype in DTYPES}
    if are_narrow(rates[0]):
        for measured in (updates, slots):
            measured["float64"] = [_narrow(one) for one in measured["float64"]]

    run = runs["float64"]
    given = wide, run.begun, run.given

    def made_under(way: Remade) -> Named:
        after = sides.torch.call(TrainingInTorch.updates_under, *given, way)
        return optimizer_runs.made(after, own, run)

    # On tensorflow Keras rounds settings to float32, whatever the weights are in, and nobody who
    # writes an optimizer does.
    is_ours = all(group["module"].startswith(optimizers.OURS) for group in theirs)
    is_own = sides.keras.backend == "tensorflow" and not is_ours
    if is_own and _differ_in_float64_alone(updates, slots):
        rounded_ones = made_under(Remade(is_rounded=True))
        for measured in (updates, slots):
            measured["float64"] = _settings_rounded(measured["float64"], rounded_ones)

    def under(wanted: Remade, otherwise: Otherwise = AS_IT_IS) -> list[Measured]:
        if any(setting.name == "weight_decay" for setting in wanted.settings):
            wanted = replace(wanted, undecayed=optimizer_settings.undecayed(own, ours))
        ways = [wanted, *([replace(wanted, is_rounded=True)] if is_own else [])]
        sides.torch.call(TrainingInTorch.do_otherwise, wide, otherwise)
        try:
            made, *near = map(made_under, ways)
        finally:
            sides.torch.call(TrainingInTorch.do_otherwise, wide, AS_IT_IS)
        found = [replace(one, torch=made[one.keras_name]) for one in updates["float64"]]
        return _settings_rounded(found, near[0]) if near else found

    return Found(
        updates,
        slots,
        tuple(sorted(missing)),
        optimizers.settings(pairs),
        theirs[0]["module"],
        under,
        rates,
        optimizer_settings.unmoved(own, theirs),
        optimizer_settings.clipping(own, ours),
        every,
    )


def are_narrow(rates: tuple[float, ...]) -> bool:
    """Does Keras compute a schedule of its learning rate in float32? A graph may round it otherwise
    than the same function outside of one."""
    keras = np.array(rates)
    return len(set(rates)) > 1 and bool((keras.astype("float32") == keras).all())


def _narrow(one: Measured) -> Measured:
    """What is made of a learning rate that is rounded to float32."""
    least = float(np.finfo("float32").eps) * float(np.abs(one.keras).max(initial=0.0))
    return replace(one, noise=max(one.noise, least), note="Keras's schedule is of float32")


def _differ_in_float64_alone(
    updates: dict[Dtype, list[Measured]], slots: dict[Dtype, list[Measured]]
) -> bool:
    differ = {
        dtype: any(judging.line(x).verdict == "differ" for x in (*updates[dtype], *slots[dtype]))
        for dtype in DTYPES
    }
    return differ["float64"] and not differ["float32"]


def _settings_rounded(figures: list[Measured], rounded: dict[str, Array]) -> list[Measured]:
    """The figures with as much noise as it makes in the port's that its settings are rounded."""
    found = []
    for one in figures:
        moved = noise.largest(rounded[one.keras_name] - one.torch)
        found.append(replace(one, noise=max(one.noise, moved), note=ROUNDED) if moved else one)
    return found


def has_rounded(judged: list[GateResult]) -> bool:
    """Was something judged by the rounding of settings?"""
    return any(line.note == ROUNDED for gate in judged for line in gate.layers)


def _updates(runs: dict[Dtype, Run], dtype: Dtype, own: Ledger, rounded: Dtype) -> list[Measured]:
    """rounded: the type by whose rounding they are judged."""

    def measured(name: str, theirs: str) -> Measured:
        narrow, wide = runs["float32"], runs["float64"]
        level = noise.of_both(
            (narrow.keras[name], narrow.torch[name]), (wide.keras[name], wide.torch[name])
        )
        keras, torch = runs[dtype].keras[name], runs[dtype].torch[name]
        begun_near = runs[dtype].again.get(name, keras)
        least = noise.largest(begun_near - keras)
        return Measured(name, theirs, keras, torch, max(noise.scaled(level, rounded), least))

    return [measured(*names) for names in _names(own).items()]


def _names(own: Ledger) -> dict[str, str]:
    """Keras's variables, and what holds the same numbers."""
    found: dict[str, list[str]] = {}
    for line in own.lines:
        found.setdefault(line.keras.name, []).append(line.torch.name)
    return {name: " + ".join(dict.fromkeys(theirs)) for name, theirs in found.items()}


def _slots(runs: dict[Dtype, Run], dtype: Dtype, rounded: Dtype) -> list[Measured]:
    shared = [role for role in runs[dtype].keras_slots if role in runs[dtype].torch_slots]

    def measured(role: str) -> Measured:
        narrow, wide = runs["float32"], runs["float64"]
        level = noise.of_both(
            (narrow.keras_slots[role], narrow.torch_slots[role]),
            (wide.keras_slots[role], wide.torch_slots[role]),
        )
        keras, torch = runs[dtype].keras_slots[role], runs[dtype].torch_slots[role]
        given = role, optimizers.torch_name(role), keras, torch
        return Measured(*given, noise.scaled(level, rounded))

    return [measured(role) for role in shared]


def judge(
    dtype: Dtype,
    updates: list[Measured],
    slots: list[Measured],
    unanswered: tuple[str, ...],
    settings: tuple[Setting, ...],
) -> GateResult:
    """One line a parameter's updates, one a part of the state, one a hyperparameter.

    Values decide; a hyperparameter that differs is named beside them, and is a difference by
    itself only where it shows. unanswered: parts of Keras's state that the port's has not.
    """
    checks = [judging.line(measured) for measured in (*updates, *slots)]
    checks += [_unanswered(role) for role in unanswered]
    found = judging.gate("optimizer", dtype, "updates and slots", checks)
    named = [setting for setting in settings if not setting.equal]
    if found.verdict == "pass" and named:
        names = ", ".join(setting.name for setting in named)
        found = replace(found, note=f"{found.note}; unequal without effect: {names}")
    return replace(found, layers=(*found.layers, *(_line(setting) for setting in settings)))


def _unanswered(role: str) -> LayerCheck:
    """A count of steps shows in the updates, if anywhere: torch's SGD has none."""
    verdict: Verdict = "pass" if role == "iteration" else "incomplete"
    return LayerCheck(role, "", verdict, note=f"the port's optimizer keeps no {role}")


def _line(setting: Setting) -> LayerCheck:
    where = f" (group {', '.join(str(n + 1) for n in setting.groups)})" if setting.groups else ""
    values = f"{setting.name}{where}: {setting.keras!r} against {setting.torch!r}"
    note = "" if setting.equal else "; ".join(part for part in (values, setting.note) if part)
    return LayerCheck(setting.name, setting.name, "pass", note=note)
