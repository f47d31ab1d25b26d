"""Run both models whole and plain on several draws of inputs and weights, for the gate `output`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import inf, isnan

import numpy as np

from parity.checking import draws, keras_answers, lending, redrawn, rounded_constants
from parity.checking.draws import Draw
from parity.checking.keras_answers import KerasAnswers
from parity.checking.options import Options
from parity.errors import NotRecordedError
from parity.gates import output
from parity.gates.returned_values import Run
from parity.mapping.plan import DTYPES, Inputs, Plan, key
from parity.mapping.returned_layouts import are_turned
from parity.numerics import noise
from parity.records.answers import Answer
from parity.records.budget import Budget
from parity.records.comparison import Dtype, GateResult
from parity.records.interventions import Change
from parity.sides.calls import TwoSides, ask
from parity.sides.verbs import InTorch, Models

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Answered:
    """All draws that were run, and the first that differs, if one does.

    is_redrawn: did both models agree with other weights, too, those that have no counterpart among
    them, if they have any? known: what Keras's model returned. cut: why further draws were not
    made.
    """

    runs: tuple[Run, ...]
    differing: Draw | None
    is_redrawn: bool
    is_narrow: bool
    known: KerasAnswers
    cut: str = ""

    @property
    def is_on_first(self) -> bool:
        """Do both models agree, or differ on what they were shown at first?"""
        return self.differing is None or self.differing.about == draws.FIRST

    @property
    def trial(self) -> Draw | None:
        """The draw that differs, for trials of what may explain it: where the first of two calls
        does, it is asked alone."""
        if self.differing is None or self.runs[-1].call > 0:
            return self.differing
        return replace(self.differing, then=None)

    def gates(self, dtypes: tuple[Dtype, ...], is_narrow: bool = False) -> list[GateResult]:
        """is_narrow: is a layer known that Keras computes in float32?"""
        usable = self.runs[0].dtypes() or dtypes
        found = [
            output.judge(self.runs, dtype, self.is_narrow or is_narrow)
            for dtype in dtypes
            if dtype in usable or dtype == "float32"
        ]
        return [_cut(_told(gate, self.runs[0], usable), self.cut) for gate in found]


def answered(
    plan: Plan,
    sides: TwoSides,
    options: Options,
    progress: Progress,
    budget: Budget,
    changes: Sequence[Change] = (),
    is_narrow: bool = False,
    known: KerasAnswers | None = None,
    first: Sequence[Run] = (),
) -> Answered:
    """Run both models on draw after draw, until one differs, or the budget is spent.

    changes: what the port does otherwise. is_narrow: does float32's rounding show in float64, too?
    known: what Keras's model returned before in this check. first: what both returned on the first
    draw, if they were run on it.
    """
    progress("what both models return")
    known = KerasAnswers() if known is None else known
    runs: list[Run] = []
    cut = ""
    is_narrow = is_narrow or any(step.is_narrow for step in plan.keras.steps)
    differing, seeds = None, set()
    for draw in draws.every(plan, sides, options):
        if runs and budget.is_spent:
            cut = f"further draws not made: {budget.told}"
            break
        try:
            with draws.weights_of(draw, plan, sides) as is_held:
                if not is_held:
                    continue
                lent = lending.on(draw.keras, changes, plan, sides)
                ran = [] if runs else [*first]
                found = ran or run(draw, plan, sides, known, lent)
                if runs and (_says_nothing(found[0], runs[0]) or _is_refused(found[0])):
                    continue
                if _differ([*runs, *found], is_narrow):
                    is_narrow = is_narrow or _is_leaking(found, draw, plan, sides, known, lent)
                    if not is_narrow and not _differ([*runs, *found], is_narrow=True):
                        is_narrow = rounded_constants.explain(found, draw, plan, sides, lent)
                    found = _with_spread(found, runs, draw, plan, sides, known, is_narrow)
        except NotRecordedError as error:
            if not runs:
                raise
            cut = str(error)
            continue
        runs += found
        if draw.weights is not None:
            seeds.add(draw.weights)
        if _differ(runs, is_narrow):
            differing = draw
            break
    is_all = seeds >= set(draws.WEIGHTS) or (redrawn.is_needless(plan) and not cut)
    is_redrawn = is_all and not differing
    return Answered(tuple(runs), differing, is_redrawn, is_narrow, known, cut)


def _with_spread(
    found: list[Run],
    runs: list[Run],
    draw: Draw,
    plan: Plan,
    sides: TwoSides,
    known: KerasAnswers,
    is_narrow: bool,
) -> list[Run]:
    """With how far Keras's values jump; the first call alone where it differs: what comes after it
    says nothing more. runs: those on draws before this."""
    first = known.with_spread(found[0], draw, plan, sides)
    if _differ([*runs, first], is_narrow):
        return [first]
    return [first, *(known.with_spread(one, draw, plan, sides) for one in found[1:])]


def agree(
    draw: Draw,
    plan: Plan,
    sides: TwoSides,
    known: KerasAnswers | None = None,
    changes: Sequence[Change] = (),
    is_narrow: bool = False,
    may_leak: bool = True,
) -> bool:
    """Do both models return the same on a draw, with the weights that they hold? Also where Keras's
    answer says nothing.

    known: what Keras's model returned before in this check; changes: what the port does otherwise;
    is_narrow: is a layer known that Keras computes in float32? may_leak: may either model compute
    in float32 somewhere, which it takes some runs to see?
    """
    known = KerasAnswers() if known is None else known
    wide = _in_float64(draw, plan, sides, known, changes)
    if wide is not None and _is_far(wide):
        return False
    alone = None if wide is None or draw.then else wide.torch["float64"]
    runs = run(draw, plan, sides, known, changes, alone)
    return agreed(runs, draw, plan, sides, known, changes, is_narrow, may_leak)


def agreed(
    runs: list[Run],
    draw: Draw,
    plan: Plan,
    sides: TwoSides,
    known: KerasAnswers,
    changes: Sequence[Change] = (),
    is_narrow: bool = False,
    may_leak: bool = True,
) -> bool:
    """The same of models that were run: `runs` is what they returned."""
    is_narrow = is_narrow or any(step.is_narrow for step in plan.keras.steps)
    if _says_nothing(runs[0], runs[0]) or not _differ(runs, is_narrow):
        return True
    if is_narrow or _differ(runs, is_narrow=True):
        return False
    is_leaking = may_leak and _is_leaking(runs, draw, plan, sides, known, changes)
    return is_leaking or rounded_constants.explain(runs, draw, plan, sides, changes)


def _in_float64(
    draw: Draw, plan: Plan, sides: TwoSides, known: KerasAnswers, changes: Sequence[Change]
) -> Run | None:
    """The first call, of a port that stands in for its own float32; None where Keras was not asked
    yet."""
    before = known.known(replace(draw, then=None))
    if before is None:
        return None
    name = key(plan.pair, "float32")
    (torch,) = sides.torch.call(InTorch.answer, name, draw.torch, "float64", None, changes)
    keras = {dtype: calls[0] for dtype, calls in before.items()}
    both = keras, dict.fromkeys(DTYPES, torch)
    return Run(draw.about, *both, draw.is_wide, is_turned=bool(changes) or are_turned(plan))


def _is_far(found: Run) -> bool:
    """Does the first call in float64 tell that they differ? Most that do, do so there."""
    return not _says_nothing(found, found) and output.is_far(found)


def gap(
    draw: Draw,
    plan: Plan,
    sides: TwoSides,
    known: KerasAnswers,
    changes: Sequence[Change] = (),
) -> float:
    """How far what both models return is apart, with the weights that they hold: the largest
    difference of each sample, on average; infinite where nothing can be compared. changes: what the
    port does otherwise."""
    (first, *_) = run(draw, plan, sides, known, changes)
    gaps = [float(x.mean()) for x, _ in output.of_samples(first, "float32")]
    return inf if any(map(isnan, gaps)) else max(gaps, default=inf)


def agree_on_a_sample(draw: Draw, plan: Plan, sides: TwoSides) -> bool:
    """Do both models return the same for one sample at least, all of it, with the weights that they
    hold?"""
    (first, *_) = run(draw, plan, sides, KerasAnswers())
    alike = [x <= noise.LIMIT * level for x, level in output.of_samples(first, "float32")]
    return bool(alike) and len({x.shape for x in alike}) == 1 and bool(np.all(alike, axis=0).any())


def foresee(draw: Draw, plan: Plan, sides: TwoSides) -> None:
    """Ask both models all that `answered` may come to ask of Keras's on a draw."""
    known = KerasAnswers()
    with draws.weights_of(draw, plan, sides):
        keras_answers.asked(replace(draw, then=None), plan, sides)
        known.is_leaking(draw, plan, sides)
        for one in run(draw, plan, sides, known):
            known.with_spread(one, draw, plan, sides)


def run(
    draw: Draw,
    plan: Plan,
    sides: TwoSides,
    known: KerasAnswers,
    changes: Sequence[Change] = (),
    alone: Answer | None = None,
) -> list[Run]:
    """A run for each call in a row. known: what Keras answered before, and answers now. alone: what
    the port returned in float64, where it was asked already."""
    name = key(plan.pair, "float32")
    found: dict[Dtype, tuple[tuple[Answer, ...], tuple[Answer, ...]]] = {}
    # Values that are lent are of the first call.
    is_once = draw.order is not None and lending.is_of_values(changes)
    then = (None, None) if is_once or draw.then is None else draw.then
    before = known.known(draw)
    for dtype in DTYPES:
        if alone is not None and before is not None and dtype == "float64":
            found[dtype] = before[dtype], (alone,)
            continue
        of_torch = ask(InTorch.answer, name, draw.torch, dtype, then[1], changes)
        of_keras = ask(Models.answer, name, draw.keras, dtype, then[0])
        found[dtype] = (
            sides.each(of_keras, of_torch)
            if before is None
            else (before[dtype], sides.torch.call(of_torch.verb, *of_torch.args))
        )
    if before is None:
        asked = draw if then[0] is not None else replace(draw, then=None)
        known.keep(asked, {dtype: both[0] for dtype, both in found.items()})
    is_turned = bool(changes) or are_turned(plan)  # of a port as it is alone
    calls = 1 if is_once else max(len(side) for both in found.values() for side in both)
    return [
        Run(
            draw.about if call == 0 else f"{draw.about}, call {call + 1} in a row",
            {dtype: keras_answers.call(both[0], call) for dtype, both in found.items()},
            {dtype: keras_answers.call(both[1], call) for dtype, both in found.items()},
            draw.is_wide,
            call=call,
            is_turned=is_turned,
        )
        for call in range(calls)
    ]


def run_torch(draw: Draw, plan: Plan, sides: TwoSides) -> dict[Dtype, Answer]:
    """What the port alone returns on a draw, with the weights that it is lent now."""
    name = key(plan.pair, "float32")
    return {d: sides.torch.call(Models.answer, name, draw.torch, d)[-1] for d in DTYPES}


def _differ(runs: list[Run], is_narrow: bool) -> bool:
    dtypes = runs[0].dtypes()
    return not dtypes or any(output.judge(runs, d, is_narrow).verdict == "differ" for d in dtypes)


def _says_nothing(run: Run, first: Run) -> bool:
    """Is Keras's own answer to a further draw no number, or does it refuse it?"""
    if any(run.keras[dtype].error for dtype in first.dtypes()):
        return True
    values = [part.value for answer in run.keras.values() for part in answer.parts]
    return any(not np.isfinite(x).all() for x in values if x is not None and x.dtype.kind == "f")


def _is_refused(run: Run) -> bool:
    """Does the port refuse values far from ordinary ones, as torch's distributions do a scale that
    has come to 0?"""
    return run.is_wide and any(answer.error for answer in run.torch.values())


def _is_leaking(
    runs: Sequence[Run],
    draw: Draw,
    plan: Plan,
    sides: TwoSides,
    known: KerasAnswers,
    changes: Sequence[Change],
) -> bool:
    """Is either model computed in float32 somewhere, when it is run in float64?

    runs: what both return on the draw.
    """

    def answer(given: Inputs) -> Answer:
        name = key(plan.pair, "float32")
        return sides.torch.call(InTorch.answer, name, given, "float64", None, changes)[0]

    return known.is_leaking(draw, plan, sides) or keras_answers.loses_digits(
        answer, draw.torch, plan.shown, runs[0].torch["float64"]
    )


def _told(gate: GateResult, first: Run, usable: tuple[Dtype, ...]) -> GateResult:
    """The gate of float32 says why it stands alone."""
    if "float64" in usable or not usable:
        return gate
    sides = (("Keras", first.keras["float64"]), ("torch", first.torch["float64"]))
    errors = [f"{side} cannot be run in float64: {x.error}" for side, x in sides if x.error]
    return replace(gate, note=f"{gate.note}; {'; '.join(errors)}")


def _cut(gate: GateResult, why: str) -> GateResult:
    """A gate that passed on some draws alone is no pass."""
    if not why or gate.verdict != "pass":
        return gate
    return replace(gate, verdict="incomplete", note=f"{gate.note}; {why}")
