"""Two tensors that a step of the port's own joins by another operation, or in another order."""

from collections.abc import Iterator

from parity.diagnose.hypothesis import Case, Hypothesis
from parity.diagnose.shapes import MERGES
from parity.records.comparison import Step
from parity.records.interventions import Change

KINDS = MERGES | dict.fromkeys(("div", "idiv", "truediv", "divide"), "divide")
SIGNS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}
# What somebody may have meant, the likely first.
OTHERS = {
    "add": ("subtract", "multiply"),
    "subtract": ("add", "multiply"),
    "multiply": ("add", "divide"),
    "divide": ("multiply",),
    "maximum": ("minimum",),
    "minimum": ("maximum",),
}
TURNED = ("subtract", "divide")  # operations that have an order


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    for step in case.torch:
        if not joins_two(step):
            continue
        present = KINDS[step.kind]
        for wanted in OTHERS[present]:
            yield _joined(step, present, wanted, (0, 1))
        if present in TURNED:
            yield _joined(step, present, present, (1, 0))
        elif present == "add":
            yield _joined(step, present, "subtract", (1, 0))


def joins_two(step: Step) -> bool:
    is_of_two = len(step.inputs) + len(step.variables) == 2 and "other" not in step.settings
    return step.kind in KINDS and is_of_two


def _joined(step: Step, present: str, wanted: str, order: tuple[int, int]) -> Hypothesis:
    names = ("a", "b") if order == (0, 1) else ("b", "a")
    line = _line(wanted, *names)
    return Hypothesis(
        "merge-order" if wanted == present else "merge-kind",
        f"{step.name} is {_line(present, 'a', 'b')} in the port, {line} in Keras",
        f"y = {line}",
        (Change(step.name, "call", "merge", {"kind": wanted, "order": order}),),
    )


def _line(kind: str, one: str, other: str) -> str:
    if kind in SIGNS:
        return f"{one} {SIGNS[kind]} {other}"
    return f"torch.{kind}({one}, {other})"
