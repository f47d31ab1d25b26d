"""Vectors that Keras brings to length one in front of their product, and the port does not."""

from collections.abc import Iterator
from itertools import product

from parity.diagnose.hypothesis import Case, Hypothesis
from parity.records.comparison import Step
from parity.records.interventions import Change

SECOND = {"mul": "other", "multiply": "other", "matmul": "other", "bmm": "mat2"}
MEMBERS = 2


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    """Of a Dot with normalize=True. What has a length of one already stays as it is."""
    layers = [x for x in case.keras if x.kind == "Dot" and x.settings.get("normalize")]
    products = [x for x in case.torch if x.kind in SECOND and len(x.inputs) == MEMBERS]
    for layer, step in product(layers, products):
        for dim in range(len(step.shape) - 1, 0, -1):
            yield _of(layer, step, dim)


def _of(layer: Step, step: Step, dim: int) -> Hypothesis:
    return Hypothesis(
        "unit-vectors",
        f"{layer.name} has normalize=True, and the port's {step.name} takes vectors of any length",
        f"a, b = F.normalize(a, dim={dim}), F.normalize(b, dim={dim})  # in front of {step.name}",
        (
            Change(step.name, "input", "unit", {"dim": dim}),
            Change(step.name, "input", "unit", {"dim": dim}, role=SECOND[step.kind]),
        ),
    )
