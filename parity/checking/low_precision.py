"""Run both models whole in low precision, and find the steps that it takes to be float32."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from parity.checking.draws import Draw
from parity.checking.low_runs import LowRuns
from parity.checking.options import Options
from parity.checking.output import Answered
from parity.diagnose import low_precision as diagnosis
from parity.gates import LOW_PRECISION, low_precision
from parity.gates.low_precision import LowRun
from parity.mapping.plan import DTYPES, Plan
from parity.records.budget import Budget
from parity.records.comparison import Finding, GateResult, LayerCheck, LowPrecision
from parity.records.interventions import Change
from parity.sides.calls import TwoSides
from parity.sides.verbs import InTorch

Progress = Callable[[str], None]
NOT_RUN = "rests on output, which did not pass"
ROUNDS = 3  # of looking for steps


@dataclass(frozen=True)
class Found:
    """The gate; why it differs; the changes that mend it, if `mended`."""

    gate: GateResult
    findings: tuple[Finding, ...] = ()
    changes: tuple[Change, ...] = ()
    mended: bool | None = None


def check(
    plan: Plan,
    sides: TwoSides,
    options: Options,
    dtype: LowPrecision,
    answers: Answered,
    progress: Progress,
    budget: Budget,
) -> Found:
    """answers: what both models returned in float64 and float32."""
    exact = answers.runs[0]
    if not exact.dtypes() or any(gate.verdict == "differ" for gate in answers.gates(DTYPES)):
        return Found(GateResult(LOW_PRECISION, "not run", dtype=dtype, note=NOT_RUN))
    progress(f"what both models return in {dtype}")
    low = LowRuns(plan, sides, options, dtype, exact, answers.known)
    made, differing, cut = _until_one_differs(low, budget)
    watched = sides.torch.call(InTorch.watch_low, low.name, plan.shown.torch, dtype)
    gate = low_precision.judge(low.exact, made, dtype, watched)
    if differing is None:
        return Found(_cut(gate, cut))
    progress(f"which steps take float32 in a port in {dtype}")
    return _explained(low, gate, made, differing, budget)


def _explained(
    low: LowRuns, gate: GateResult, made: list[LowRun], differing: Draw, budget: Budget
) -> Found:
    """Steps are sought on the draw that differs, and again on one that does with these mended."""
    findings: list[Finding] = []
    changes: tuple[Change, ...] = ()
    draw: Draw | None = differing
    for _ in range(ROUNDS):
        assert draw is not None
        line = _differing(low, made)
        found, further = _sought(low, draw, line, changes, budget)
        if not further:
            return Found(gate, (*findings, *found), changes, False if findings else None)
        findings += found
        changes += further
        made, draw, cut = _until_one_differs(low, budget, changes)
        if draw is None:
            return Found(gate, tuple(findings), changes, None if cut else True)
    return Found(gate, tuple(findings), changes, False)


def _sought(
    low: LowRuns,
    draw: Draw,
    line: LayerCheck,
    before: tuple[Change, ...],
    budget: Budget,
) -> tuple[tuple[Finding, ...], tuple[Change, ...]]:
    """What is found on a draw on which the port differs under the changes `before`."""

    def agrees(changes: Sequence[Change]) -> bool:
        run = None if budget.is_spent else low.on(draw, (*before, *changes))
        return run is not None and not _differs(low, low.with_noise(run, draw))

    found = diagnosis.explain(low.plan, low.dtype, line, low.lost(draw), agrees)
    if not budget.is_spent:
        return found
    unknown = Finding(line.keras, line.torch, LOW_PRECISION, (), 0.0, 0.0)  # which of them it takes
    return (replace(unknown, unfinished=budget.told),), ()


def _differing(low: LowRuns, made: list[LowRun]) -> LayerCheck:
    lines = low_precision.judge(low.exact, made, low.dtype).layers
    return next(line for line in lines if line.verdict == "differ")


def _until_one_differs(
    low: LowRuns, budget: Budget, changes: Sequence[Change] = ()
) -> tuple[list[LowRun], Draw | None, str]:
    """The runs of draw after draw; the draw that differs; why further ones were not made."""
    runs: list[LowRun] = []
    for draw in low.draws():
        if runs and budget.is_spent:
            return runs, None, f"further draws not made: {budget.told}"
        run = low.on(draw, changes)
        if run is None or (runs and run.says_nothing):
            continue
        if is_apart := _differs(low, run):
            run = low.with_noise(run, draw)
            is_apart = _differs(low, run)
        runs.append(run)
        if is_apart:
            return runs, draw, ""
    return runs, None, ""


def _differs(low: LowRuns, run: LowRun) -> bool:
    return low_precision.judge(low.exact, [run], low.dtype).verdict == "differ"


def _cut(gate: GateResult, why: str) -> GateResult:
    """A gate that passed on some draws alone is no pass."""
    if not why or gate.verdict != "pass":
        return gate
    return replace(gate, verdict="incomplete", note=f"{gate.note}; {why}")
