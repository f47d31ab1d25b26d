"""Judge what layers do in training mode, and explain what differs there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from parity.checking import located
from parity.checking.collected import cut
from parity.diagnose import in_training, penalties
from parity.diagnose.in_training import DifferingInTraining
from parity.errors import ModelError
from parity.gates import TRAINING, training
from parity.gates.segment_values import not_compared
from parity.gates.training import Exercised
from parity.mapping import plan as planning
from parity.mapping.layout_moves import CHANNELS
from parity.mapping.plan import Plan
from parity.records.budget import UNLIMITED, Budget
from parity.records.comparison import Finding, GateResult, LayerCheck, Match, worst
from parity.records.interventions import Change
from parity.sides.calls import TwoSides

ANOTHER_PATH = "in training the port takes other steps than at inference"


@dataclass(frozen=True)
class Found:
    """The gate, why layers differ, and what mends all of them; nothing where one is left."""

    gate: GateResult
    findings: tuple[Finding, ...] = ()
    changes: tuple[Change, ...] = ()
    drawn: frozenset[str] = frozenset()  # Keras's layers that move no statistics


def check(
    plan: Plan,
    sides: TwoSides,
    differing: set[str],
    progress: Callable[[str], None],
    budget: Budget = UNLIMITED,
    changes: Sequence[Change] = (),
) -> Found:
    """The gate `training`, and a finding for each layer that differs.

    plan: of the passes at inference; differing: the Keras layers that differ by themselves there;
    changes: what the port does otherwise.
    """
    if budget.is_spent:
        return Found(cut(TRAINING, budget))
    try:
        trained = planning.trained(plan, sides, changes)
    except ModelError as error:
        return Found(training.broken(str(error)))
    if trained.torch.error:
        return Found(training.broken(f"torch, in training mode: {trained.torch.error}"))
    lines: list[LayerCheck] = []
    drawing: list[int] = []
    findings: list[Finding] = []
    mending: list[tuple[Change, ...]] = []
    left = [match for match in trained.alignment.matches if match.torch]
    for match, found in budget.lasting(training.gather(trained, sides, plan.ledger, differing)):
        progress(f"layers in training mode: {match.keras.name}")
        left = left[1:]
        if found is None:
            continue
        if not found.moves:
            drawing.append(len(lines))
        lines.append(_line(found))
        if lines[-1].verdict == "differ":
            subject = _subject(found, trained.alignment.training_left)
            finding, mends = in_training.explain(subject, budget)
            findings.append(finding)
            mending.append(mends)
    names = [[step.name for step in p.torch.steps] for p in (plan, trained)]
    note = ANOTHER_PATH if names[0] != names[1] else ""
    told = penalties.lines(trained.keras.steps, plan.ledger)
    gate = training.judge(lines, note, told)
    gate = _with_not_reached(gate, left, budget) if left else gate
    every = tuple(change for mends in mending for change in mends) if all(mending) else ()
    places = located.Places(trained)
    (gate,) = places.gates([gate])
    drawn = frozenset(gate.layers[place].keras for place in drawing)
    return Found(gate, tuple(places.findings(findings)), every, drawn)


def _with_not_reached(gate: GateResult, left: Sequence[Match], budget: Budget) -> GateResult:
    """The gate with a line for each segment that the budget left no time for."""
    lines = tuple(not_compared(match, budget.told) for match in left)
    return replace(
        gate,
        verdict=worst((gate.verdict, "incomplete")),
        layers=(*gate.layers, *lines),
        note=f"{gate.note}; {len(left)} not compared: {budget.told}",
    )


def _line(found: Exercised) -> LayerCheck:
    torch = " + ".join(step.name for step in found.met.match.torch)
    return training.line(found.layer.name, torch, found.figures, found.unanswered)


def _subject(found: Exercised, left: tuple[str, ...]) -> DifferingInTraining:
    """left: what draws, and was answered by nothing on the other side."""
    met = found.met
    lost = [s for s in met.match.keras_steps if f"Keras's {s.name} ({s.kind})" in left]
    layer = lost[0] if lost else found.layer
    drawing = found.drawing or ("keras" if lost else "")
    shape = met.given[met.entry].shape if met.given else ()
    rank = len(shape)
    axes = (0, *range(2, rank), 1) if met.before is CHANNELS else tuple(range(rank))
    return DifferingInTraining(met.match, layer, drawing, shape, axes, found.under)
