"""A logarithm of another base, or of one more, as decibels have it and a `log1p`; or one that is
kept from zero by a bound, in the place of a small number that is added."""

import math
from collections.abc import Iterator

from parity.diagnose import writing
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.diagnose.reading import figure
from parity.records.comparison import Step
from parity.records.interventions import Change

CAUSE = "logarithm"
LOGARITHMS = ("log", "log10", "log2", "log1p")
BOUNDS = ("clamp", "clamp_min", "clip")


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    steps = {step.name: step for step in case.torch}
    for step in case.torch:
        if step.kind not in LOGARITHMS:
            continue
        for wanted in LOGARITHMS:
            if wanted != step.kind:
                yield Hypothesis(
                    CAUSE,
                    f"{step.name} is torch.{step.kind} in the port, torch.{wanted} in Keras",
                    f"torch.{wanted}(x)",
                    (Change(step.name, "call", wanted),),
                )
        for name in step.inputs[:1]:
            yield from _kept_from_zero(steps.get(name))


def _kept_from_zero(step: Step | None) -> Iterator[Hypothesis]:
    """What a logarithm takes: cut off at a number, or with a number added."""
    if step is None:
        return
    is_bound = step.kind in BOUNDS
    least = step.settings.get("min" if is_bound else "other")
    if not isinstance(least, float) or least <= 0 or not (is_bound or step.kind == "add"):
        return
    number = writing.number(least)
    if is_bound:
        says = f"{step.name} cuts off at {figure(least)} in the port, Keras adds it"
        value, line = {"by": 1.0, "add": least}, f"y = x + {number}"
    else:
        says = f"{step.name} adds {figure(least)} in the port, Keras cuts off at it"
        value, line = {"low": least, "high": math.inf}, f"y = x.clamp(min={number})"
    change = Change(step.name, "call", "scale" if is_bound else "clip", value)
    yield Hypothesis(CAUSE, says, line, (change,))
