"""The state that a recurrent layer begins with: none, where Keras hands one on, or another."""

from collections.abc import Iterator

from parity.diagnose import writing
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.records.comparison import Step
from parity.records.interventions import Change

CAUSE = "rnn-initial-state"


def hypotheses(case: Case, step: Step) -> Iterator[Hypothesis]:
    lent = {name: value for name, value in case.values.items() if name.startswith("state_")}
    several = step.settings.get("num_layers", 1) > 1 or step.settings.get("bidirectional")
    if not lent and len(step.inputs) > 1 and not several:
        yield Hypothesis(
            CAUSE,
            f"the port begins with {step.inputs[1]}, Keras with zeros",
            f"{writing.module(step)}(x)",
            (Change(step.name, "call", "begun_with"),),
        )
    if not lent or several:
        return
    if step.kind == "LSTM":
        yield Hypothesis(
            CAUSE,
            "h and c change places",
            f"{writing.module(step)}(x, (h, c))",
            (Change(step.name, "call", "states_exchanged"),),
        )
    yield Hypothesis(
        CAUSE,
        f"Keras begins with {' and '.join(value.name for value in lent.values())}, the port with "
        "another state, or with zeros",
        f"{writing.module(step)}(x, {'(h, c)' if step.kind == 'LSTM' else 'h'})",
        (Change(step.name, "call", "begun_with", dict(lent)),),
    )
