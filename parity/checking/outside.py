"""Steps that take nothing of the pass, where Keras's layers take a value: what stands between may
be done by NumPy, or by other code outside of torch."""

from collections.abc import Iterator
from math import inf

from parity.checking import answering
from parity.diagnose.differing_segment import Result
from parity.diagnose.hypothesis import Hypothesis
from parity.mapping.flow import outside
from parity.mapping.layout_moves import AS_IT_IS
from parity.mapping.plan import Plan
from parity.records.comparison import Match
from parity.records.interventions import Change, Taken

CAUSE = "outside-torch"


def bridged(plan: Plan) -> Iterator[tuple[str, Result]]:
    """Each of them given the value as the port has it, by its Keras layer."""
    answers = answering.values(plan)
    for match in plan.alignment.matches:
        taken = [answers[name] for name in outside(match.keras_steps) if name in answers]
        if match.torch and len(taken) == 1 and not outside(match.torch):
            yield match.keras.name, _bridged(match, taken[0])


def _bridged(match: Match, source: str) -> Result:
    first = match.torch[0]
    value = {"kind": "add", "values": [Taken(source)]}
    says = f"code outside of torch makes another value of {source} before {first.name} takes it"
    fix = f"x = {source}  # as it is, for {first.name}"
    hypothesis = Hypothesis(CAUSE, says, fix, (Change(first.name, "input", "merged", value),))
    return Result(hypothesis, inf, AS_IT_IS, match.keras)
