"""Run both models whole and plain on several draws of inputs and weights, for the gate `output`."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from parity.checking import draws, lending, models, redrawn
from parity.checking.draws import Draw
from parity.checking.options import Options
from parity.errors import NotRecordedError
from parity.gates import float32_leaks, output
from parity.gates.output import Run
from parity.mapping.plan import DTYPES, Inputs, Plan, Shown, key
from parity.records.answers import Answer
from parity.records.budget import Budget
from parity.records.comparison import Array, Dtype, GateResult
from parity.records.interventions import Change
from parity.sides.calls import TwoSides, ask
from parity.sides.verbs import InTorch, Models

Progress = Callable[[str], None]
SHIFTS = 4  # of the input by a rounding, where values differ
ROUNDING: dict[Dtype, float] = {"float64": 2.0**-44, "float32": 2.0**-21}  # shares of an input


@dataclass(frozen=True)
class Answered:
    """All draws that were run, and the first that differs, if one does.

    is_redrawn: did both models agree with other weights, too, those that have no counterpart among
    them, if they have any? cut: why further draws were not made.
    """

    runs: tuple[Run, ...]
    differing: Draw | None
    is_redrawn: bool
    is_narrow: bool
    cut: str = ""

    @property
    def is_on_first(self) -> bool:
        """Do both models agree, or differ on what they were shown at first?"""
        return self.differing is None or self.differing.about == draws.FIRST

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
) -> Answered:
    """Run both models on draw after draw, until one differs, or the budget is spent.

    changes: what the port does otherwise. is_narrow: does float32's rounding show in float64, too?
    """
    progress("what both models return")
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
                found = _run(draw, plan, sides, changes=lent)
                if runs and _says_nothing(found[0], runs[0]):
                    continue
                if _differ([*runs, *found], is_narrow):
                    is_narrow = is_narrow or _is_leaking(draw, plan, sides, lent)
                    found = [_with_spread(run, draw, plan, sides) for run in found]
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
    is_all = seeds == set(draws.WEIGHTS) or (redrawn.is_needless(plan) and not cut)
    is_redrawn = is_all and not differing
    return Answered(tuple(runs), differing, is_redrawn, is_narrow, cut)


def agree(
    draw: Draw,
    plan: Plan,
    sides: TwoSides,
    keras: dict[Dtype, tuple[Answer, ...]] | None = None,
    changes: Sequence[Change] = (),
    is_narrow: bool = False,
) -> bool:
    """Do both models return the same on a draw, with the weights that they hold? Also where Keras's
    answer says nothing.

    keras: that answer, where it is known; changes: what the port does otherwise; is_narrow: is a
    layer known that Keras computes in float32?
    """
    runs = _run(draw, plan, sides, keras, changes)
    is_narrow = is_narrow or any(step.is_narrow for step in plan.keras.steps)
    return _says_nothing(runs[0], runs[0]) or not _differ(runs, is_narrow)


def keras(draw: Draw, plan: Plan, sides: TwoSides) -> dict[Dtype, tuple[Answer, ...]]:
    """What Keras's model returns on a draw."""
    call, name = sides.keras.call, key(plan.pair, "float32")
    return {d: call(Models.answer, name, draw.keras, d, draw.times) for d in DTYPES}


def foresee(draw: Draw, plan: Plan, sides: TwoSides) -> None:
    """Ask both models all that `answered` may come to ask of Keras's on a draw."""
    with draws.weights_of(draw, plan, sides):
        keras(replace(draw, times=1), plan, sides)
        _is_leaking(draw, plan, sides, ())
        for run in _run(draw, plan, sides):
            _with_spread(run, draw, plan, sides)


def _run(
    draw: Draw,
    plan: Plan,
    sides: TwoSides,
    known: dict[Dtype, tuple[Answer, ...]] | None = None,
    changes: Sequence[Change] = (),
) -> list[Run]:
    """A run for each call in a row. known: what Keras answers, where that is known."""
    name = key(plan.pair, "float32")
    found = {}
    for dtype in DTYPES:
        of_torch = ask(InTorch.answer, name, draw.torch, dtype, draw.times, changes)
        of_keras = ask(Models.answer, name, draw.keras, dtype, draw.times)
        found[dtype] = (
            sides.each(of_keras, of_torch)
            if known is None
            else (known[dtype], sides.torch.call(of_torch.verb, *of_torch.args))
        )
    calls = max(len(side) for both in found.values() for side in both)
    return [
        Run(
            draw.about if call == 0 else f"{draw.about}, call {call + 1} in a row",
            {dtype: _call(both[0], call) for dtype, both in found.items()},
            {dtype: _call(both[1], call) for dtype, both in found.items()},
            draw.is_wide,
            call=call,
        )
        for call in range(calls)
    ]


def run_torch(draw: Draw, plan: Plan, sides: TwoSides) -> dict[Dtype, Answer]:
    """What the port alone returns on a draw, with the weights that it is lent now."""
    name = key(plan.pair, "float32")
    return {d: sides.torch.call(Models.answer, name, draw.torch, d)[-1] for d in DTYPES}


def _call(answers: tuple[Answer, ...], number: int) -> Answer:
    return answers[min(number, len(answers) - 1)]


def _differ(runs: list[Run], is_narrow: bool) -> bool:
    dtypes = runs[0].dtypes()
    return not dtypes or any(output.judge(runs, d, is_narrow).verdict == "differ" for d in dtypes)


def _says_nothing(run: Run, first: Run) -> bool:
    """Is Keras's own answer to a further draw no number, or does it refuse it?"""
    if any(run.keras[dtype].error for dtype in first.dtypes()):
        return True
    values = [part.value for answer in run.keras.values() for part in answer.parts]
    return any(not np.isfinite(x).all() for x in values if x is not None and x.dtype.kind == "f")


def _is_leaking(draw: Draw, plan: Plan, sides: TwoSides, changes: Sequence[Change]) -> bool:
    """Is either model computed in float32 somewhere, when it is run in float64?"""
    name = key(plan.pair, "float32")
    fixed = [not plan.shown.moves(one).all() for one in plan.shown.keras]

    def keras(given: Inputs) -> Answer:
        return sides.keras.call(Models.answer, name, given, "float64")[0]

    def torch(given: Inputs) -> Answer:
        return sides.torch.call(InTorch.answer, name, given, "float64", 1, changes)[0]

    for answer, given in ((keras, draw.keras), (torch, draw.torch)):
        still = dict(itertools.compress(given.items(), fixed))
        moved = [
            answer(float32_leaks.moved(_wide(given), share) | still)
            for share in (0.0, float32_leaks.NEAR, float32_leaks.FAR)
        ]
        for values in zip(*([x.value for x in answer.parts] for answer in moved), strict=False):
            if all(x is not None for x in values) and float32_leaks.loses_digits(*values):
                return True
    return False


def _with_spread(run: Run, draw: Draw, plan: Plan, sides: TwoSides) -> Run:
    """The run with how far Keras's values jump when its input is moved by a rounding.

    At the same call in a row: what a model remembers of the one before is no jump.
    """
    name = key(plan.pair, "float32")
    spread: dict[Dtype, tuple[Array, ...]] = {}
    for dtype in run.dtypes():
        still = [part.value for part in run.keras[dtype].parts]
        largest = [np.zeros(()) if x is None else np.zeros(x.shape) for x in still]
        for seed in range(SHIFTS):
            given = _shifted(plan.shown, draw.keras, ROUNDING[dtype], seed)
            answer = _call(
                sides.keras.call(Models.answer, name, given, dtype, run.call + 1), run.call
            )
            for place, part in enumerate(answer.parts[: len(still)]):
                value = still[place]
                if value is not None and part.value is not None and part.value.shape == value.shape:
                    gap = np.abs(part.value.astype(np.float64) - value.astype(np.float64))
                    largest[place] = np.fmax(largest[place], gap)
        spread[dtype] = tuple(largest)
    return replace(run, spread=spread)


def _shifted(shown: Shown, arrays: Inputs, share: float, seed: int) -> Inputs:
    generator = np.random.default_rng(seed)
    return {
        name: array
        * np.where(shown.moves(name), 1 + share * generator.choice([-1.0, 1.0], array.shape), 1.0)
        if np.issubdtype(array.dtype, np.floating)
        else array
        for name, array in arrays.items()
    }


def _wide(arrays: Inputs) -> Inputs:
    return {name: models.cast(array, "float64") for name, array in arrays.items()}


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
