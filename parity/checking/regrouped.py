"""Explain a difference by heads of another number, where a person's own layer and the port have
written out an attention: step by step no shapes fit, and only the whole port tells."""

from itertools import islice
from math import inf

from parity.checking import draws, lending, output
from parity.checking.options import Options
from parity.checking.output import Answered
from parity.checking.returning import Mistaken
from parity.diagnose import heads
from parity.diagnose.causes import CAUSES
from parity.diagnose.hypothesis import Hypothesis
from parity.mapping.plan import Plan
from parity.records.comparison import Cause, Finding
from parity.sides.calls import TwoSides

MOST = 12  # numbers of heads that are tried: each is a pass of the port


def findings(plan: Plan, sides: TwoSides, options: Options, answers: Answered) -> Mistaken:
    draw = answers.trial
    if draw is None:
        return Mistaken()
    for hypothesis in islice(heads.hypotheses(plan.torch.steps, {}), MOST):
        with draws.weights_of(draw, plan, sides):
            changes = lending.on(draw.keras, hypothesis.changes, plan, sides)
            known, is_narrow = answers.known, answers.is_narrow
            if not output.agree(draw, plan, sides, known, changes, is_narrow):
                continue
        return _mistaken(hypothesis, plan, options, answers)
    return Mistaken()


def _mistaken(what: Hypothesis, plan: Plan, options: Options, answers: Answered) -> Mistaken:
    known, where = CAUSES[what.cause], what.where(plan.torch.steps)
    cause = Cause(what.cause, known.says, what.says, what.fix, known.entry, 1.0, where=where)
    names = list(dict.fromkeys(change.step for change in what.changes))
    matches = (x for x in plan.alignment.matches if {*names} & {step.name for step in x.torch})
    layer = next((match.keras.name for match in matches), plan.keras.steps[-1].name)
    lines = [line for gate in answers.gates(options.dtypes) for line in gate.layers]
    before = max((line.max_abs for line in lines if line.max_abs), default=inf)
    found = Finding(layer, " + ".join(names), "output", (cause,), before, 0.0)
    return Mistaken((found,), what.changes, is_whole=True, is_single=True)
