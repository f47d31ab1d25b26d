"""A logarithm of another base, or of one more, as decibels have it and a `log1p`."""

from collections.abc import Iterator

from parity.diagnose.hypothesis import Case, Hypothesis
from parity.records.interventions import Change

LOGARITHMS = ("log", "log10", "log2", "log1p")


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    for step in case.torch:
        if step.kind not in LOGARITHMS:
            continue
        for wanted in LOGARITHMS:
            if wanted != step.kind:
                yield Hypothesis(
                    "logarithm",
                    f"{step.name} is torch.{step.kind} in the port, torch.{wanted} in Keras",
                    f"torch.{wanted}(x)",
                    (Change(step.name, "call", wanted),),
                )
