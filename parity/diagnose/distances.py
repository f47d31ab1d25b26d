"""Distances of pairs: torch adds an epsilon to each difference, which Keras's own layers do not."""

from collections.abc import Iterator

from parity.diagnose import reading, writing
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.diagnose.reading import figure
from parity.records.interventions import Change

KINDS = ("pairwise_distance", "PairwiseDistance")
USUAL = 1e-6  # torch's own


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    for step in reading.of(case, KINDS):
        present = step.settings.get("eps", USUAL)
        yield Hypothesis(
            "number",
            f"{step.name} adds eps={figure(present)} to each difference of the port, Keras nothing",
            writing.with_settings(step, eps=0.0),
            (Change(step.name, "setting", "eps", 0.0),),
        )
