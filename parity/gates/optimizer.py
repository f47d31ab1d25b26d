"""Gate `optimizer`: ten identical gradients move the weights and the optimizer's state alike."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from parity.mapping.plan import DTYPES, Plan, key
from parity.numerics import judging, noise
from parity.records import optimizers
from parity.records.comparison import (
    Array,
    Dtype,
    GateResult,
    LayerCheck,
    LedgerLine,
    Measured,
    Setting,
)
from parity.records.training import Remade, Update
from parity.sides.calls import ask
from parity.sides.process import Sides
from parity.sides.verbs import Models, Training, TrainingInTorch

STEPS = 10

Named = dict[str, Array]


@dataclass(frozen=True)
class Run:
    """Both optimizers in one dtype, in Keras's names and layouts."""

    keras: dict[str, Array]  # variable -> its updates, (STEPS, *shape)
    torch: dict[str, Array]
    keras_slots: dict[str, Array]  # role -> all variables' values after the last step, flat
    torch_slots: dict[str, Array]
    begun: Named  # the port's weights before, by its own names
    given: list[Named]  # the port's gradients


@dataclass(frozen=True)
class Found:
    updates: dict[Dtype, list[Measured]]
    slots: dict[Dtype, list[Measured]]
    unanswered: tuple[str, ...]  # parts of Keras's state that the port's optimizer has not
    settings: tuple[Setting, ...]
    module: str  # of the port's optimizer
    under: Callable[[Remade], list[Measured]]  # float64 updates of the port's, made otherwise


def gather(plan: Plan, sides: Sides, seed: int = 0) -> Found:
    """Feed identical gradients to both optimizers in both dtypes.

    Both models must be compiled; their weights and optimizers move.
    """
    wide = key(plan.pair, "float64")
    ours, theirs = sides.both(Training.hyperparameters, wide)
    lines = [line for line in plan.ledger.lines if line.keras.trainable]
    drawn = _gradients(lines, seed)
    runs = {dtype: _run(plan, sides, dtype, lines, drawn) for dtype in DTYPES}
    missing = set(runs["float64"].keras_slots) - set(runs["float64"].torch_slots)
    updates = {dtype: _updates(runs, dtype, lines) for dtype in DTYPES}

    def under(wanted: Remade) -> list[Measured]:
        run = runs["float64"]
        after = sides.torch.call(TrainingInTorch.updates_under, wide, run.begun, run.given, wanted)
        made = _steps(lines, run.begun, after)
        return [replace(one, torch=made[one.keras_name]) for one in updates["float64"]]

    return Found(
        updates,
        {dtype: _slots(runs, dtype) for dtype in DTYPES},
        tuple(sorted(missing)),
        optimizers.settings(ours, theirs),
        theirs["module"],
        under,
    )


def _gradients(lines: list[LedgerLine], seed: int) -> list[Named]:
    """Gradients of every size from 1e-8 to 1: small ones show where epsilon stands."""
    generator = np.random.default_rng(seed)

    def draw(shape: tuple[int, ...]) -> Array:
        size = 10.0 ** generator.uniform(-8, 0, shape)
        return (size * generator.standard_normal(shape)).astype("float32")

    return [{line.keras.name: draw(line.keras.shape) for line in lines} for _ in range(STEPS)]


def _run(
    plan: Plan, sides: Sides, dtype: Dtype, lines: list[LedgerLine], drawn: list[Named]
) -> Run:
    name = key(plan.pair, dtype)
    before = sides.both(Models.weights, name)
    cast = [{n: gradient.astype(dtype) for n, gradient in step.items()} for step in drawn]
    moved = [
        {line.torch.name: line.move.to_torch(step[line.keras.name]) for line in lines}
        for step in cast
    ]
    keras, torch = sides.each(ask(Training.updates, name, cast), ask(Training.updates, name, moved))
    return Run(
        {line.keras.name: _moves(before[0], keras, line.keras.name) for line in lines},
        _steps(lines, before[1], torch),
        _flat(dict(keras[-1].slots.items()), lines, "keras"),
        _flat(optimizers.in_keras_terms(torch[-1].slots), lines, "torch"),
        before[1],
        moved,
    )


def _steps(lines: list[LedgerLine], before: Named, after: list[Update]) -> Named:
    """The port's updates in Keras's names and layouts, each (STEPS, *shape)."""
    return {
        line.keras.name: np.stack(
            [line.move.to_keras(x) for x in _moves(before, after, line.torch.name)]
        )
        for line in lines
    }


def _moves(before: Named, after: list[Update], name: str) -> Array:
    """What each step added to a weight, (STEPS, *shape)."""
    return np.diff(np.stack([before[name], *(update.weights[name] for update in after)]), axis=0)


def _flat(slots: dict[str, Named], lines: list[LedgerLine], side: str) -> dict[str, Array]:
    """Each role's values of all variables in the ledger's order and Keras's layout."""
    found = {}
    for role, of in slots.items():
        if optimizers.GLOBAL in of:
            found[role] = np.atleast_1d(of[optimizers.GLOBAL])
        elif side == "keras":
            found[role] = np.concatenate([of[line.keras.name].ravel() for line in lines])
        else:
            values = [line.move.to_keras(of[line.torch.name]).ravel() for line in lines]
            found[role] = np.concatenate(values)
    return found


def _updates(runs: dict[Dtype, Run], dtype: Dtype, lines: list[LedgerLine]) -> list[Measured]:
    def measured(line: LedgerLine) -> Measured:
        name = line.keras.name
        narrow, wide = runs["float32"], runs["float64"]
        level = noise.of_both(
            (narrow.keras[name], narrow.torch[name]), (wide.keras[name], wide.torch[name])
        )
        keras, torch = runs[dtype].keras[name], runs[dtype].torch[name]
        return Measured(name, line.torch.name, keras, torch, noise.scaled(level, dtype))

    return [measured(line) for line in lines]


def _slots(runs: dict[Dtype, Run], dtype: Dtype) -> list[Measured]:
    shared = [role for role in runs[dtype].keras_slots if role in runs[dtype].torch_slots]

    def measured(role: str) -> Measured:
        narrow, wide = runs["float32"], runs["float64"]
        level = noise.of_both(
            (narrow.keras_slots[role], narrow.torch_slots[role]),
            (wide.keras_slots[role], wide.torch_slots[role]),
        )
        keras, torch = runs[dtype].keras_slots[role], runs[dtype].torch_slots[role]
        return Measured(role, optimizers.torch_name(role), keras, torch, noise.scaled(level, dtype))

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
    checks += [
        LayerCheck(role, "", "incomplete", note=f"the port's optimizer keeps no {role}")
        for role in unanswered
    ]
    found = judging.gate("optimizer", dtype, "updates and slots", checks)
    named = [setting for setting in settings if not setting.equal]
    if found.verdict == "pass" and named:
        names = ", ".join(setting.name for setting in named)
        found = replace(found, note=f"{found.note}; unequal without effect: {names}")
    return replace(found, layers=(*found.layers, *(_line(setting) for setting in settings)))


def _line(setting: Setting) -> LayerCheck:
    values = f"{setting.name}: {setting.keras!r} against {setting.torch!r}"
    note = "" if setting.equal else "; ".join(part for part in (values, setting.note) if part)
    return LayerCheck(setting.name, setting.name, "pass", note=note)
