"""Check a pair: open both models, plan, move the weights, and run the gates in order."""

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from parity.checking import (
    agreeing,
    alternatives,
    below_rounding,
    decision,
    draws,
    forward,
    lending,
    located,
    logits,
    low_precision,
    mending,
    models,
    moving,
    namesakes,
    output,
    own_samples,
    own_tensors,
    passes,
    preparations,
    proven_places,
    regrouped,
    returning,
    training_gates,
    training_mode,
    whole_blocks,
)
from parity.checking.agreeing import Known
from parity.checking.collected import Collected
from parity.checking.options import DEFAULT, Options
from parity.checking.output import Answered
from parity.checking.probe import Probe, digits_probe
from parity.checking.training_job import Job
from parity.diagnose import lone_layers, weight_shapes
from parity.gates import TRAINING, structure
from parity.mapping import guesses
from parity.mapping import plan as planning
from parity.mapping.plan import Plan
from parity.records.budget import UNLIMITED, Budget
from parity.records.comparison import EXPLAINING, Dtype, GateResult, Report
from parity.records.pair import Pair
from parity.sides.calls import TwoSides

Progress = Callable[[str], None]


def silent(what: str) -> None:
    """Nobody watches."""


def check(
    pair: Pair,
    sides: TwoSides,
    options: Options = DEFAULT,
    samples: Probe | None = None,
    provenance: dict[str, Any] | None = None,
    progress: Progress = silent,
) -> Report:
    """Open a pair's models, run the gates on them, and report.

    samples: what a pair with a recipe is shown; None for the embedded digits. progress: called
    with each stage as it begins, and each part of it, as "layers: conv1". Raises ModelError where a
    model cannot be found, or Keras's cannot be run.
    """
    budget = Budget(options.budget)
    pair, options, samples = with_samples(pair, sides, options, samples)
    try:
        progress("opening both models")
        plan = models.draw_up(pair, sides, options, samples, budget)
        return gates(plan, sides, options, samples, provenance, progress, budget)[0]
    finally:
        models.close(pair, sides)


def with_samples(
    pair: Pair, sides: TwoSides, options: Options, samples: Probe | None
) -> tuple[Pair, Options, Probe | None]:
    """The pair with its task, and what it is shown: nothing where it has no recipe."""
    if pair.recipe is None:
        return pair, options, None
    if pair.recipe.training is not None:
        own = own_samples.numbers(pair.recipe.training)
        return pair, own_samples.shown(pair, sides, options), own
    samples = samples or digits_probe()
    return training_gates.with_task(pair, training_gates.workers(sides), samples), options, samples


def gates(
    plan: Plan,
    sides: TwoSides,
    options: Options = DEFAULT,
    samples: Probe | None = None,
    provenance: dict[str, Any] | None = None,
    progress: Progress = silent,
    budget: Budget = UNLIMITED,
) -> tuple[Report, Plan]:
    """Run the chosen gates in order on models that draw_up opened: the report, and the plan with
    what values decided, arrangements of inputs and layouts. Arguments as of `check`, but that the
    budget is a clock that runs, rather than the options'."""
    found = Collected()
    with models.probing_weights(plan.pair, sides, options):
        if plan.pair.has_twin_files and samples is not None and "data" in options.gates:
            progress("data")
            found.add(
                *training_gates.data(plan.pair, training_gates.workers(sides), samples, options)
            )
        elif plan.pair.recipe is not None and "data" in options.gates:
            found.add(*preparations.check(plan.pair, sides, budget))
        activations: tuple[str, ...] = ()
        if plan.pair.recipe is not None and not plan.pair.has_twin_files:
            plan, activations = logits.plan(plan, sides)
        progress("weights")
        apart = whole_blocks.found(plan, sides, options, budget)
        if apart is None:
            plan, known = agreeing.plan(plan, sides, options, samples, budget)
            before = copy.deepcopy(found)
            one, narrow = _compared(plan, sides, options, found, progress, budget, known)
            others = alternatives.of(plan, one, found, sides, options, samples, budget)
        else:
            one, narrow = _with_block(apart, sides, options, found, progress, budget)
            others = iter(())
        held, is_placed, is_apart = one, False, False
        for other in others:
            if other.is_trial and is_placed and alternatives.is_settled(found):
                held = other.plan
                continue
            if other.apart is not None and is_apart:
                continue
            progress(other.says)
            again = copy.deepcopy(before)
            ask = other.plan, sides, options, again, progress, budget
            tried = _compared(*ask, apart=other.apart)
            held = tried[0]
            # Of two that are proven the mended one; where all had a place, that one alone, too.
            is_open = not (other.is_trial and (is_placed or guesses.is_whole(plan.ledger)))
            if other.is_better(again, found) and (
                again.mended is True or (is_open and _is_proven(again, held, sides))
            ):
                found, (one, narrow) = again, tried
                is_placed = is_placed or other.is_trial
                is_apart = is_apart or other.apart is not None
                found.drop_supposed()
        if held is not one:
            _back(one, sides)
        plan = one
        found.gates = [logits.told(gate, activations) for gate in found.gates]
        places = located.Places(plan)
        found.gates, found.findings = places.gates(found.gates), places.findings(found.findings)
        if samples is not None:
            job = Job(plan, sides, samples, options, narrow, budget)
            training_gates.gates(job, found, progress)
    found.changes = lending.of_weights(found.changes, plan, sides)
    found.whole = planning.whole_in(plan)
    found.inputs = tuple(plan.shown.torch)
    report = found.report(plan.pair.name, options, provenance or {})
    return replace(report, passes=passes.of(plan)), plan


def _is_proven(found: Collected, one: Plan, sides: TwoSides) -> bool:
    gates = [x for x in found.gates if (x.name, x.dtype) == ("forward", "float64")]
    return proven_places.are_proven(one, sides, gates[0].layers if gates else ())


def _with_block(
    apart: whole_blocks.Found,
    sides: TwoSides,
    options: Options,
    found: Collected,
    progress: Progress,
    budget: Budget,
) -> tuple[Plan, tuple[str, ...]]:
    """The gates of a pair of which one side has a block alone: with it, nothing is left to find."""
    plan = apart.plan
    weights = moving.weights(plan, sides, options).gate
    found.add([_structure(plan, plan.pair.recipe is not None), weights])
    answers = output.answered(plan, sides, options, progress, budget)
    plan, narrow = _forward(plan, sides, options, found, progress, budget)
    found.add(answers.gates(options.dtypes, bool(narrow)))
    found.findings, found.compared = [apart.finding], None
    found.mended, found.remains, found.changes = True, "", apart.changes
    return plan, narrow


def _back(plan: Plan, sides: TwoSides) -> None:
    """Let the sides hold this plan again, behind another."""
    planning.compare(plan.pair, sides, plan.shown, plan.overrides)
    moving.override(plan, sides)


def _compared(
    plan: Plan,
    sides: TwoSides,
    options: Options,
    found: Collected,
    progress: Progress,
    budget: Budget,
    known: Known | None = None,
    apart: whole_blocks.Found | None = None,
) -> tuple[Plan, tuple[str, ...]]:
    """All gates but those of training; the plan as of `_forward`. apart: the block that one side
    has alone under this plan."""
    ours, theirs = structure.parameters(plan.keras, plan.torch, plan.ledger)
    # Twin files say by rules where their weights go: nothing else is tried.
    is_open = not plan.pair.has_twin_files and guesses.may_be_placed(plan.ledger)
    found.is_placeable = ours == theirs or is_open
    known = known or Known()
    moved = known.moved or moving.weights(plan, sides, options)
    found.add([_structure(plan, plan.pair.recipe is not None), moved.gate], moved.findings)
    return _returned(plan, sides, options, found, progress, budget, known, apart)


def _returned(
    plan: Plan,
    sides: TwoSides,
    options: Options,
    found: Collected,
    progress: Progress,
    budget: Budget,
    known: Known,
    apart: whole_blocks.Found | None = None,
) -> tuple[Plan, tuple[str, ...]]:
    """The gate `output`, which decides, and those that explain it, on a draw that differs if one
    does; the plan as of `_forward`. apart: as of `_compared`."""
    if "output" not in options.gates:
        return _forward(plan, sides, options, found, progress, budget)
    # A port may hold two numbers for one of Keras's, the sum of which was rounded to float32.
    is_rounded = options.is_loaded and found.gate("weights").verdict == "differ"
    answers = output.answered(
        *(plan, sides, options, progress, budget),
        is_narrow=is_rounded,
        known=known.keras,
        first=known.runs,
    )
    mistaken = returning.findings(plan, sides, answers)
    if not mistaken.findings:
        mistaken = namesakes.findings(plan, sides, options, answers)
    hidden: tuple[str, ...] = ()
    if answers.differing is None or answers.is_on_first:
        agrees = all(gate.verdict == "pass" for gate in answers.gates(options.dtypes))
        is_hiding = agrees and answers.is_narrow and below_rounding.may_hide(plan)
        is_alike = agrees and not is_hiding
        plan, narrow = _forward(plan, sides, options, found, progress, budget, is_alike)
        if is_hiding and found.compared is not None:
            hidden = below_rounding.kept(found, plan.keras.steps)
        if hidden:
            told, asked = _mended(progress), answers.known
            ran = mending.run(plan, sides, options, found.changes, told, budget, True, asked)
            found.mended, found.remains = ran.agrees, ran.remains
    else:
        with draws.shown(answers.differing, plan, sides, options) as other:
            _, narrow = _forward(other, sides, options, found, progress, budget)
    found.add(answers.gates(options.dtypes, bool(narrow)))
    if apart is not None and found.compared is not None:
        found.compared = apart.beside(found.compared)
    if answers.differing is not None:
        decision.set_aside(found, own_tensors.found(plan, sides))
        decision.set_unused(found, own_tensors.unused(plan, sides))
        if options.is_loaded:
            decision.set_held(found)
    if answers.differing is not None and found.compared is not None:
        _mend(plan, sides, options, found, answers, progress, budget)
    if any(gate.name == TRAINING and gate.verdict == "differ" for gate in found.gates):
        _mend_in_training(plan, sides, found, progress, budget)
    held = any(finding.gate == "weights" for finding in found.findings)  # other than Keras's
    explained = any(finding.causes for finding in found.findings)
    if not mistaken.findings and not held and not explained:
        mistaken = returning.others(plan, sides, answers)
    # Queries and keys that change places turn their scores: one cause tells more than several.
    causes = [cause.cause for finding in found.findings for cause in finding.causes]
    is_turned = len(causes) > 1 and "axis-order" in causes
    if not mistaken.findings and not held and (not found.mended or is_turned):
        mistaken = namesakes.others(plan, sides, options, answers)
    if not mistaken.findings and not held and not found.mended:
        mistaken = regrouped.findings(plan, sides, options, answers)
    if mistaken.findings:  # not how it is computed, but what of it is returned
        _take(mistaken, plan, sides, options, found, answers, progress, budget)
    decision.apply(found, options, answers.is_redrawn, hidden)
    if options.low:
        low = low_precision.check(plan, sides, options, options.low, answers, progress, budget)
        found.add([low.gate], low.findings)
        if low.changes:
            found.changes, found.mended = low.changes, low.mended
    return plan, narrow


def _take(
    mistaken: returning.Mistaken,
    plan: Plan,
    sides: TwoSides,
    options: Options,
    found: Collected,
    answers: Answered,
    progress: Progress,
    budget: Budget,
) -> None:
    """Say what is wrong with what is returned, unless the port differs although it returns that: as
    one whose values are others at each call."""
    mended: bool | None = mistaken.is_run or None
    remains = ""
    if mistaken.is_whole:
        ask, told = mistaken.changes, _mended(progress)
        run = mending.run(plan, sides, options, ask, told, budget, known=answers.known)
        if run.agrees is False and mistaken.is_single:
            return
        mended, remains = run.agrees, run.remains
    found.findings = [x for x in found.findings if x.gate not in EXPLAINING]
    found.add([], mistaken.findings)
    found.mended, found.remains, found.changes = mended, remains, mistaken.changes


def _mend(
    plan: Plan,
    sides: TwoSides,
    options: Options,
    found: Collected,
    answers: Answered,
    progress: Progress,
    budget: Budget,
) -> None:
    """Say whether both models return the same with all causes mended, and add those that show then
    alone."""
    assert found.compared is not None
    weights = [x for x in found.findings if x.gate == "weights"]
    is_lent = options.is_loaded and bool(weights) and all(x.causes for x in weights)
    compared, told = found.compared, _mended(progress)
    mended = mending.mended(plan, sides, options, compared, answers, told, budget, is_lent)
    found.mended, found.remains, found.changes = mended.agrees, mended.remains, mended.changes
    causes = forward.causes(mended.compared, plan.keras.steps)
    later = [x for x in found.findings if x.gate == TRAINING]
    others = [x for x in found.findings if x.gate not in ("forward", TRAINING)]
    found.findings = [*decision.once(others, causes, bool(mended.agrees)), *later]
    if mended.agrees:
        decision.set_explained(found, plan.ledger)
        if any(answer.error for answer in answers.runs[0].torch.values()):
            decision.set_raising(found)


def _mend_in_training(
    plan: Plan, sides: TwoSides, found: Collected, progress: Progress, budget: Budget
) -> None:
    """Say whether layers train alike with all causes mended, those at inference among them."""
    if found.mended is False or not (found.mended or found.in_training):
        return
    gate = found.gate(TRAINING)
    if found.in_training:
        changes = (*found.changes, *found.in_training)
        gate = training_mode.check(plan, sides, set(), progress, budget, changes).gate
    found.mended = gate.verdict == "pass"
    found.remains = "" if found.mended else f"training remains another: {gate.note}"


def _mended(progress: Progress) -> Progress:
    """Tells that the port is run with all causes mended."""
    return lambda what: progress(f"with all causes mended, {what}")


def _structure(plan: Plan, is_trained: bool) -> GateResult:
    sides = plan.alignment, plan.keras, plan.torch
    return structure.judge(*sides, plan.layouts, plan.ledger, in_training=is_trained)


def _forward(
    plan: Plan,
    sides: TwoSides,
    options: Options,
    found: Collected,
    progress: Progress,
    budget: Budget,
    agrees: bool = False,
) -> tuple[Plan, tuple[str, ...]]:
    """The gates `forward` and `training`: the plan with the layouts that values chose, and the
    Keras layers that are computed in float32. agrees: do both models return the same?"""
    narrow = tuple(step.name for step in plan.keras.steps if step.is_narrow)
    if not {"forward", TRAINING} & set(options.gates):
        return plan, narrow
    if not plan.alignment.matches:
        found.add(_nothing(options.dtypes))
        return plan, narrow
    compared = forward.compare_layers(plan, sides, progress, budget, agrees)
    found.replace(structure.confirmed(found.gate("structure"), forward.agreeing(compared)))
    found.add([forward.judged(plan, compared, dtype) for dtype in options.dtypes])
    if any(finding.gate == "weights" for finding in found.findings):
        # What differs beside the weights shows with Keras's own.
        moving.override(plan, sides)
        moving.lend(plan, sides, moving.constants(plan))
        compared = forward.compare_layers(plan, sides, progress, budget)
    found.add([], weight_shapes.findings(plan.alignment, plan.ledger))
    found.add([], lone_layers.findings(plan.alignment, plan.ledger))
    found.add([], forward.causes(compared, plan.keras.steps))
    found.compared = compared
    plan = planning.chosen(plan, compared.fits)
    if TRAINING in options.gates:
        differing = forward.differing(compared)
        trained = training_mode.check(plan, sides, differing, progress, budget)
        found.add([trained.gate], trained.findings)
        found.in_training, found.drawn = trained.changes, trained.drawn
        agreeing = {line.keras for line in trained.gate.layers if line.verdict == "pass"}
        found.replace(structure.drawn(found.gate("structure"), agreeing))
    return plan, compared.narrow


def _nothing(dtypes: tuple[Dtype, ...]) -> list[GateResult]:
    note = "no layer was matched"
    each = [GateResult("forward", "not run", dtype=dtype, note=note) for dtype in dtypes]
    return [*each, GateResult(TRAINING, "not run", note=note)]
