"""A square or a root that one side alone takes: of a ReLU, of a sum of squares, of a divisor."""

from collections.abc import Iterator

from parity.diagnose import writing
from parity.diagnose.activation_of import of_step
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.records.comparison import Step
from parity.records.interventions import Change

CAUSE, MISSING = "power", "layer-missing"
SQUARED = frozenset(("std", "norm", "abs", "clamp", "sub", "sqrt"))
ROOTED = frozenset(("var", "sum", "mean", "add"))
DIVISIONS = frozenset(("div", "truediv", "idiv", "divide", "true_divide"))
DIFFERENCES = ("sub", "subtract", "rsub")
EXPONENTS = (2, 0.5, -0.5, 3, -1)


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    for step in case.torch:
        if step.kind == "pow":
            yield from _other_exponent(step)
        if step.kind in SQUARED or of_step(step) is not None:
            yield _squared(step)
        if step.kind in ROOTED:
            yield _rooted(step)
        if step.kind in DIVISIONS and "other" not in step.settings:
            yield from _other_divisor(step)


def sizes(case: Case) -> Iterator[Hypothesis]:
    """A square in the place of an absolute value; of what is positive, that is no step at all. Then
    differences of which Keras takes the size."""
    yield from (_size(step) for step in case.torch if step.kind in ("pow", "square"))
    yield from (_sized(step) for step in case.torch if step.kind in DIFFERENCES)


def _squared(step: Step) -> Hypothesis:
    says = f"Keras takes the square of what {step.name} gives, the port does not"
    return Hypothesis(CAUSE, says, "y = y.square()", (Change(step.name, "output", "square"),))


def _rooted(step: Step) -> Hypothesis:
    says = f"Keras takes the root of what {step.name} gives, the port does not"
    return Hypothesis(CAUSE, says, "y = y.sqrt()", (Change(step.name, "output", "root"),))


def _other_divisor(step: Step) -> Iterator[Hypothesis]:
    """A variance in the place of a standard deviation, or the reverse."""
    root = f"{step.name} divides by a tensor in the port, Keras by its root"
    square = f"{step.name} divides by a tensor in the port, Keras by its square"
    for says, power, line in ((root, "root", ".sqrt()"), (square, "square", ".square()")):
        change = Change(step.name, "input", power, role="other")
        yield Hypothesis(CAUSE, says, f"y = x / other{line}", (change,))


def _size(step: Step) -> Hypothesis:
    return Hypothesis(
        CAUSE,
        f"{step.name} takes a square, Keras the absolute value",
        "y = x.abs()",
        (Change(step.name, "call", "abs"),),
    )


def _sized(step: Step) -> Hypothesis:
    says = f"Keras takes the absolute value of what {step.name} gives, the port does not"
    return Hypothesis(MISSING, says, "y = y.abs()", (Change(step.name, "output", "abs"),))


def _other_exponent(step: Step) -> Iterator[Hypothesis]:
    present = step.settings.get("other")
    if not isinstance(present, int | float):
        return
    for wanted in EXPONENTS:
        if wanted != present:
            yield Hypothesis(
                CAUSE,
                f"{step.name} takes the power {present} in the port, {wanted} in Keras",
                f"y = x ** {writing.number(wanted)}",
                (Change(step.name, "setting", "other", wanted),),
            )
