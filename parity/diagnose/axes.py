"""A step that works along an axis, and does so along another one."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from parity.diagnose import reading, writing
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.records.comparison import Step
from parity.records.interventions import Change

REDUCTIONS = frozenset(
    ("mean", "sum", "prod", "amax", "amin", "std", "var", "norm", "logsumexp", "argmax", "argmin")
)
SAME_SHAPE = frozenset(
    ("normalize", "softmax", "log_softmax", "softmin", "Softmax", "LogSoftmax", "Softmin")
) | frozenset(("cumsum", "cumprod", "flip", "sort", "argsort"))
UNTOLD = {"normalize": 1, "sort": -1, "argsort": -1}  # torch's own axis, where a call gives none


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    """Each other axis, or as many others, but not the batch's."""
    for step in reading.of(case, REDUCTIONS | SAME_SHAPE):
        name = "dims" if step.kind == "flip" else "dim"
        present = step.settings.get(name, UNTOLD.get(step.kind))
        if present is None:
            continue
        for axes in _others(step, present):
            wanted = axes if isinstance(present, tuple | list) else axes[0]
            is_softmax = "softm" in step.kind.lower()
            yield Hypothesis(
                "softmax-axis" if is_softmax else "other-axis",
                f"{step.name} works along {name}={present} in the port",
                _fix(step, name, wanted),
                (Change(step.name, "setting", name, wanted),),
            )


def _others(step: Step, present: Any) -> Iterator[tuple[int, ...]]:
    own = tuple(present) if isinstance(present, tuple | list) else (present,)
    is_gone = step.kind in REDUCTIONS and not step.settings.get("keepdim")
    rank = len(step.shape) + (len(own) if is_gone else 0)
    here = {axis % rank for axis in own}
    for axes in combinations(range(1, rank), len(own)):
        if {*axes} != here:
            yield axes


def _fix(step: Step, name: str, wanted: Any) -> str:
    line = writing.with_settings(step, **{name: wanted})
    return line if reading.is_module(step) or step.kind == "normalize" else as_method(line)


def as_method(line: str) -> str:
    """`F.mean(x, dim=1)` as `x.mean(dim=1)`: torch.nn.functional has no reductions."""
    name, _, arguments = line.removeprefix("F.").partition("(x")
    return f"x.{name}({arguments.removeprefix(', ')}"
