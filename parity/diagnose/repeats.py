"""An axis that is repeated as a whole on one side, and element by element on the other."""

from collections.abc import Iterator
from dataclasses import replace

from parity.diagnose.hypothesis import Case, Hypothesis
from parity.records.comparison import Step
from parity.records.interventions import Change

WHOLE = {"repeat": "sizes", "tile": "dims"}  # how often each axis, by the name of the argument
EACH = "repeat_interleave"


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    """All together first, as those of keys and values."""
    found = [one for step in case.torch for one in _otherwise(step)]
    if len(found) > 1:
        yield replace(found[0], changes=tuple(x for one in found for x in one.changes))
    yield from found


def _otherwise(step: Step) -> Iterator[Hypothesis]:
    if step.kind in WHOLE:
        yield from _each(step)
    elif step.kind == EACH:
        yield from _whole(step)


def _each(step: Step) -> Iterator[Hypothesis]:
    times = step.settings.get(WHOLE[step.kind], ())
    several = [place - len(times) for place, many in enumerate(times) if many > 1]
    if len(several) == 1 and step.shape[several[0]] > times[several[0]]:
        dim = several[0] + len(step.shape)
        yield _hypothesis(step, dim, times[several[0]], True)


def _whole(step: Step) -> Iterator[Hypothesis]:
    times, dim = step.settings.get("repeats"), step.settings.get("dim")
    if isinstance(times, int) and isinstance(dim, int) and step.shape[dim] > times:
        yield _hypothesis(step, dim % len(step.shape), times, False)


def _hypothesis(step: Step, dim: int, times: int, is_each: bool) -> Hypothesis:
    own = f"{step.name} repeats axis {dim} of the port {times} times"
    each = f"{own} as a whole, Keras each of its elements in a row"
    whole = f"{own}, each of its elements in a row, Keras as a whole"
    sizes = tuple(times if axis == dim else 1 for axis in range(len(step.shape)))
    line = f"x.{EACH}({times}, {dim})" if is_each else f"x.repeat{sizes}"
    return Hypothesis(
        "feature-order",
        each if is_each else whole,
        f"y = {line}",
        (Change(step.name, "call", "repeated", {"dim": dim, "times": times, "each": is_each}),),
    )
