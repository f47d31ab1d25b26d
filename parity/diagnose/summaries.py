"""An axis that the port sums up otherwise than Keras: a mean for the first element, a maximum."""

from collections.abc import Iterator
from typing import Any

from parity.diagnose.hypothesis import Case, Hypothesis
from parity.records.comparison import Step
from parity.records.interventions import Change

CAUSE = "axis-summary"
KINDS = {"mean": "mean", "sum": "sum", "amax": "max", "max": "max", "amin": "min", "min": "min"}
TOLD = {"mean": "the mean", "sum": "the sum", "max": "the maximum", "min": "the minimum"}
LINES = {"mean": "mean", "sum": "sum", "max": "amax", "min": "amin"}
ENDS = (0, -1)  # elements that may be meant for all


PLACES = {"argmax": "argmin", "argmin": "argmax"}  # of the largest, and of the smallest


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    for step in case.torch:
        if step.kind in PLACES:
            yield _other_place(step)
        present = _present(step)
        if present is None or 0 in present[2]:  # samples, or layers of states
            continue
        kind, index, dims, keepdim = present
        for other in TOLD:
            if other != kind:
                yield _other(step, kind, index, dims, keepdim, other)
        for end in ENDS if len(dims) == 1 else ():
            if end != index:
                yield _other(step, kind, index, dims, keepdim, "element", end)


def _other_place(step: Step) -> Hypothesis:
    wanted, dim = PLACES[step.kind], step.settings.get("dim")
    largest = f"{step.name} is where the largest value stands, Keras takes the smallest"
    smallest = f"{step.name} is where the smallest value stands, Keras takes the largest"
    return Hypothesis(
        CAUSE,
        largest if step.kind == "argmax" else smallest,
        f"y = x.{wanted}({'' if dim is None else dim})",
        (Change(step.name, "input", "negative"),),
    )


def _present(step: Step) -> tuple[str, int | None, tuple[int, ...], bool] | None:
    """What a step makes of its axes, and which: the kind, the element that it takes, the axes, and
    whether they stay."""
    dim = step.settings.get("dim")
    dims = tuple(dim) if isinstance(dim, tuple | list) else (dim,)
    if step.kind in KINDS and dims and all(isinstance(one, int) for one in dims):
        return KINDS[step.kind], None, dims, bool(step.settings.get("keepdim"))
    index = step.settings.get("index")
    if step.kind == "select" and isinstance(index, int) and isinstance(dim, int):
        return "element", index, dims, False
    place = _element(index) if step.kind == "getitem" else None
    return None if place is None else ("element", place[1], (place[0],), False)


def _element(index: Any) -> tuple[int, int] | None:
    """The axis and the element of an index that takes one element along one axis: x[:, 0]."""
    parts = index if isinstance(index, tuple) else (index,)
    numbers = [place for place, part in enumerate(parts) if type(part) is int]
    others = [part for part in parts if type(part) is not int]
    if len(numbers) != 1 or any(part not in (slice(None), Ellipsis) for part in others):
        return None
    place = numbers[0]
    return place - len(parts) if Ellipsis in parts[:place] else place, parts[place]


def _other(
    step: Step,
    kind: str,
    index: int | None,
    dims: tuple[int, ...],
    keepdim: bool,
    wanted: str,
    end: int | None = None,
) -> Hypothesis:
    axes = f"axis {dims[0]}" if len(dims) == 1 else f"axes {dims}"
    keeps = ", keepdim=True" if keepdim else ""
    if wanted == "element":
        line = f"x.select({dims[0]}, {end})" + (f".unsqueeze({dims[0]})" if keepdim else "")
    else:
        line = f"x.{LINES[wanted]}({dims if len(dims) > 1 else dims[0]}{keeps})"
    value = {"kind": wanted, "dims": dims, "keepdim": keepdim, "index": end}
    return Hypothesis(
        CAUSE,
        f"{step.name} takes {_told(kind, index)} along {axes} of the port, Keras "
        f"{_told(wanted, end)}",
        f"y = {line}",
        (Change(step.name, "call", "summary", value),),
    )


def _told(kind: str, index: int | None) -> str:
    return f"the element {index}" if kind == "element" else TOLD[kind]
