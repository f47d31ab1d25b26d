"""The mask that Keras hands on beside its tensors, where no step of its own shows it."""

import numpy as np

from parity.mapping.plan import Inputs, Plan
from parity.records.comparison import Array, Step
from parity.records.interventions import Lent

OF = "mask of "  # what a Lent is called that stands for the mask of a step


def upstream(plan: Plan, steps: tuple[Step, ...]) -> list[Lent]:
    """(N, T), True where a step counts: of the first Embedding or Masking that each input of these
    Keras steps depends on, where that takes an input of the model.

    Whether it reaches them, Keras alone knows: it is something to try.
    """
    names = dict.fromkeys(name for step in steps for name in step.inputs)
    found = [mask for name in names if (mask := _ahead(plan, name))]
    return [*{mask.name: mask for mask in found}.values()]


def _ahead(plan: Plan, name: str) -> Lent | None:
    known = {step.name: step for step in plan.keras.steps}
    waiting = [name]
    seen: set[str] = set()
    while waiting:
        step = known.get(waiting.pop(0).partition(":")[0])
        if step is None or step.name in seen:
            continue
        seen.add(step.name)
        mask = _of(step, plan, plan.shown.keras)
        if mask is not None:
            return Lent(OF + step.name, mask, is_weight=False)
        waiting += step.inputs
    return None


def on(inputs: Inputs, name: str, plan: Plan) -> Array | None:
    """The mask of that name on other inputs of the model."""
    (step,) = (step for step in plan.keras.steps if OF + step.name == name)
    return _of(step, plan, inputs)


def _of(step: Step, plan: Plan, inputs: Inputs) -> Array | None:
    given = dict(zip(plan.shown.layouts, inputs.values(), strict=True))
    value = given.get(step.inputs[0]) if step.inputs else None
    if value is not None and step.kind == "Embedding" and step.settings.get("mask_zero"):
        return np.asarray(value != 0)
    if value is not None and step.kind == "Masking":
        return np.asarray((value != step.settings.get("mask_value", 0.0)).any(-1))
    return None
