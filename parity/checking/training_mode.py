"""Judge what layers do in training mode, and explain what differs there."""

from collections.abc import Callable

from parity.diagnose import in_training
from parity.diagnose.in_training import DifferingInTraining
from parity.errors import ModelError
from parity.gates import training
from parity.gates.training import Exercised
from parity.mapping import plan as planning
from parity.mapping.layout_moves import CHANNELS
from parity.mapping.plan import Plan
from parity.records.comparison import Finding, GateResult, LayerCheck
from parity.sides.calls import TwoSides

ANOTHER_PATH = "in training the port takes other steps than at inference"
Found = tuple[GateResult, tuple[Finding, ...]]


def check(
    plan: Plan, sides: TwoSides, differing: set[str], progress: Callable[[str], None]
) -> Found:
    """The gate `training`, and a finding for each layer that differs.

    plan: of the passes at inference; differing: the Keras layers that differ by themselves there.
    """
    try:
        trained = planning.trained(plan, sides)
    except ModelError as error:
        return training.broken(str(error)), ()
    if trained.torch.error:
        return training.broken(f"torch, in training mode: {trained.torch.error}"), ()
    lines: list[LayerCheck] = []
    findings = []
    for found in training.gather(trained, sides, plan.ledger, differing):
        progress(found.layer.name)
        lines.append(_line(found))
        if lines[-1].verdict == "differ":
            findings.append(in_training.explain(_subject(found, trained.alignment.training_left)))
    names = [[step.name for step in p.torch.steps] for p in (plan, trained)]
    note = ANOTHER_PATH if names[0] != names[1] else ""
    return training.judge(lines, note), tuple(findings)


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
