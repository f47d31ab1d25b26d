"""A number that Keras reckons with in an operation of its own, and the port does not: scores that
are not divided by a root, a value that is not halved."""

from collections.abc import Callable, Iterator

from parity.diagnose import reading, writing
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.records.comparison import Step
from parity.records.interventions import Change

# What an operation with a number is, as x * by + add, and its sign.
Affine = tuple[float, float]
OPERATIONS: dict[str, tuple[str, Callable[[float], Affine]]] = {
    "Multiply": ("*", lambda number: (number, 0.0)),
    "TrueDivide": ("/", lambda number: (1 / number, 0.0)),
    "Divide": ("/", lambda number: (1 / number, 0.0)),
    "Add": ("+", lambda number: (1.0, number)),
    "Subtract": ("-", lambda number: (1.0, -number)),
}
PRODUCTS = ("Einsum", "Matmul", "Dot")
MOST = 8  # steps of the port's, behind each of which it may stand


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    for layer in case.keras:
        numbers = layer.settings.get("scalars", ())
        if layer.kind not in OPERATIONS or len(numbers) != 1 or len(layer.inputs) != 1:
            continue
        sign, affine = OPERATIONS[layer.kind]
        number = float(numbers[0])
        by, add = affine(number)
        own = {step.name for step in case.torch}
        figure, name = reading.figure(number), layer.name
        for step in reversed(case.torch[-MOST:]):
            yield Hypothesis(
                "mha-scale" if _is_of_scores(case, layer) else "number",
                f"Keras computes x {sign} {figure} ({name}), the port does not: of {step.name}",
                f"y = y {sign} {writing.number(number)}  # of {step.name}",
                (Change(step.name, "output", "scale", {"by": by, "add": add}),),
            )
        for step in case.torch:
            if len(step.inputs) == 1 and step.inputs[0].partition(":")[0] not in own:
                yield Hypothesis(
                    "number",
                    f"Keras computes x {sign} {figure} ({name}), the port does not: of what "
                    f"{step.name} takes",
                    f"x = x {sign} {writing.number(number)}  # for {step.name}",
                    (Change(step.name, "input", "scale", {"by": by, "add": add}),),
                )


def _is_of_scores(case: Case, layer: Step) -> bool:
    """Does it stand between a product and a softmax?"""
    has_product = any(step.kind in PRODUCTS for step in case.keras[: case.keras.index(layer)])
    return has_product and bool(reading.of(case, ("softmax", "Softmax")))
