"""Do all causes together explain it? The port is run with every one of them mended, to its end."""

from collections.abc import Sequence

from parity.checking.forward import Compared
from parity.checking.output import Answered
from parity.errors import ModelError
from parity.gates import output
from parity.gates.output import Run
from parity.mapping.plan import Plan
from parity.records.answers import Answer
from parity.records.comparison import Array, Dtype
from parity.records.interventions import Change
from parity.sides.calls import TwoSides
from parity.sides.verbs import Walks


def mended(plan: Plan, sides: TwoSides, compared: Compared, answers: Answered) -> bool | None:
    """Does the port return what Keras does, when all that was found is changed in it?

    None where it returns the same as it is, or where what was found is no change of its steps.
    """
    changes = [change for why in compared.why.values() for change in why.changes]
    if answers.differing is None or not changes or not plan.torch.results:
        return None
    run = _run(answers, answers.runs[-1], plan, sides, changes)
    if run is None:
        return None
    first = answers.runs[0]
    gates = [
        output.compare(pairing, run, dtype, first, bool(compared.narrow) or answers.is_narrow)
        for dtype in run.dtypes()
        for pairing in output.pairings(run.keras[dtype], run.torch[dtype])
    ]
    return all(found.line.verdict == "pass" for found in gates)


def _run(
    answers: Answered, before: Run, plan: Plan, sides: TwoSides, changes: Sequence[Change]
) -> Run | None:
    """The draw that differs, with the port's answers under these changes."""
    torch = dict(before.torch)
    for dtype in before.dtypes():
        values = _values(plan, sides, dtype, changes)
        parts = [part for part in before.torch[dtype].parts if part.kind == "tensor"]
        if before.torch[dtype].container == "dict":  # as a trace lists what is returned
            parts.sort(key=lambda part: part.key)
        if values is None or len(values) != len(parts):
            return None
        found = {
            part.path: type(part)(part.path, part.key, part.kind, value)
            for part, value in zip(parts, values, strict=True)
        }
        every = before.torch[dtype].parts
        torch[dtype] = Answer(tuple(found.get(part.path, part) for part in every))
    return Run(before.about, before.keras, torch, before.is_wide)


def _values(
    plan: Plan, sides: TwoSides, dtype: Dtype, changes: Sequence[Change]
) -> list[Array] | None:
    steps = [step.name for step in plan.torch.steps]
    feeds = dict(zip(plan.shown.layouts, plan.shown.torch.values(), strict=True))
    try:
        return [
            sides.torch.call(Walks.alone, plan.held, steps, feeds, result, dtype, tuple(changes))
            for result in plan.torch.results
        ]
    except ModelError:
        return None
