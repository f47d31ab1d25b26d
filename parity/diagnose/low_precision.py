"""Which of the port's layers must be float32, so that it is as exact in low precision as Keras?

The whole port is run in low precision with some of its layers in float32. Where it agrees with all
of them so, they are left out again, halves first, until none can be spared.
"""

import itertools
from collections.abc import Callable, Collection, Sequence
from functools import partial

import numpy as np

from parity.diagnose.causes import CAUSES
from parity.mapping.plan import Plan
from parity.records.comparison import Cause, Finding, LayerCheck, LowPrecision, Step
from parity.records.interventions import WIDE, Change

Agrees = Callable[[Sequence[Change]], bool]  # does the port in low precision, under these changes?
GATE = "precision"
IN_VAIN = "with all of its layers in float32 the port differs, too"
TOLD = 8  # steps by name
MOST = 64  # steps of the layers that are left out one by one
SMALLEST = 2.0**-14  # of float16's normal numbers: an epsilon is tried with it
LARGEST = {"bfloat16": "3.4e38", "float16": "65504"}


def explain(
    plan: Plan, dtype: LowPrecision, line: LayerCheck, lost: Collection[str], agrees: Agrees
) -> tuple[tuple[Finding, ...], tuple[Change, ...]]:
    """A finding for each layer of which steps must be float32, and the changes that make the port
    agree; one that names nothing, and no changes, where there are none.

    line: the value that differs; lost: the port's steps that make what is no number.
    """

    def holds(groups: Sequence[Sequence[Step]]) -> bool:
        return agrees(_in_float32(plan, dtype, [step for group in groups for step in group]))

    layers = _layers(plan)
    far, noise = line.max_abs or 0.0, line.noise or 0.0
    if not holds(layers):
        vain = Finding(line.keras, line.torch, GATE, (), far, far, unfinished=IN_VAIN)
        return (vain,), ()
    layers = _needed(layers, holds)
    steps = [step for layer in layers for step in layer]
    if len(steps) <= MOST:
        steps = [step for (step,) in _needed([[step] for step in steps], holds)]
    zero = _epsilon(steps, dtype, agrees)
    found = []
    for layer in layers:
        if kept := [step for step in layer if step in steps]:
            cause = _cause(kept, dtype, lost, zero if zero and zero[0] in kept else None)
            keras = next(filter(None, (_keras(plan, step) for step in kept)), "")
            found.append(Finding(keras, _names(kept), GATE, (cause,), far, noise))
    return tuple(found), _in_float32(plan, dtype, steps)


def _layers(plan: Plan) -> list[list[Step]]:
    """All steps of the port, in order, those that answer one layer of Keras's together, and those
    between two of them that answer none."""
    by_layer = itertools.groupby(plan.torch.steps, partial(_keras, plan))
    return [list(steps) for _, steps in by_layer]


def _keras(plan: Plan, step: Step) -> str:
    """The layer of Keras's that a step answers; "" for none."""
    matches = plan.alignment.matches
    return next((match.keras.name for match in matches if step in match.torch), "")


def _in_float32(plan: Plan, dtype: LowPrecision, steps: Sequence[Step]) -> tuple[Change, ...]:
    """The changes that let these steps be float32, and hand on low precision to all others."""
    names = {step.name for step in steps}
    others = (step.inputs for step in plan.torch.steps if step.name not in names)
    taken = {name.partition(":")[0] for taken in (*others, plan.torch.results) for name in taken}

    def change(step: Step) -> Change:
        own = [variable.name for variable in step.variables]
        value = {"own": own, "back": dtype if step.name in taken else ""}
        return Change(step.name, "call", WIDE, value)

    return tuple(map(change, steps))


def _needed(
    groups: list[list[Step]], holds: Callable[[list[list[Step]]], bool]
) -> list[list[Step]]:
    """Those that are left, of all with which it holds, when none can be spared any more."""
    kept, size = list(groups), max(1, len(groups) // 2)
    while size:
        start = 0
        while start < len(kept):
            rest = [*kept[:start], *kept[start + size :]]
            if rest and holds(rest):
                kept = rest
            else:
                start += size
        size //= 2
    return kept


def _epsilon(
    steps: Sequence[Step], dtype: LowPrecision, agrees: Agrees
) -> tuple[Step, str, float] | None:
    """A number that float16 rounds to zero, where one that it does not mends this draw: the step,
    the name of its argument, and the number."""
    for step in steps if dtype == "float16" else ():
        for name, value in step.settings.items():
            is_zero = isinstance(value, float) and value != 0 and np.float16(value) == 0
            if is_zero and agrees([Change(step.name, "setting", name, SMALLEST)]):
                return step, name, value
    return None


def _cause(
    steps: Sequence[Step],
    dtype: LowPrecision,
    lost: Collection[str],
    zero: tuple[Step, str, float] | None,
) -> Cause:
    over = [step for step in steps if step.name in lost]
    if zero:
        step, name, value = zero
        cause, says = "low-precision-epsilon", f"{name}={value:g} of {step.name} is 0 in {dtype}"
    elif over:
        cause = "low-precision-range"
        says = f"{_names(over)} gives infinity or NaN in {dtype}, which ends at {LARGEST[dtype]}"
    else:
        cause = "low-precision-rounding"
        says = f"in float32 {_names(steps)} rounds less, and the port in {dtype} agrees"
    return Cause(cause, CAUSES[cause].says, says, _fix(steps), CAUSES[cause].entry, 1.0)


def _fix(steps: Sequence[Step]) -> str:
    own = dict.fromkeys(variable.name for step in steps for variable in step.variables)
    held = f", and keep {', '.join(own)} in float32" if own else ""
    return f"compute {_names(steps)} in float32: x.float() before, .to(x.dtype) behind{held}"


def _names(steps: Sequence[Step]) -> str:
    names = [step.name for step in steps]
    return " + ".join(names if len(names) <= TOLD else [*names[: TOLD - 1], "...", names[-1]])
