"""A setting of a port's own step that is on where Keras has it off, or the other way."""

from collections.abc import Iterator

from parity.diagnose import axes, writing
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.records.interventions import Change

CAUSE = "switch"
# Of each kind its setting, and what torch has where a call gives none.
SWITCHES = {
    "sort": ("descending", False),
    "argsort": ("descending", False),
    "topk": ("largest", True),
    "bucketize": ("right", False),
    "searchsorted": ("right", False),
}


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    for step in case.torch:
        if step.kind in SWITCHES:
            name, default = SWITCHES[step.kind]
            wanted = not step.settings.get(name, default)
            yield Hypothesis(
                CAUSE,
                f"{name} is {not wanted} in the port at {step.name}, {wanted} in Keras",
                f"y = {axes.as_method(writing.with_settings(step, **{name: wanted}))}",
                (Change(step.name, "setting", name, wanted),),
            )
