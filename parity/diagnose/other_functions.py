"""Another function of torch's where Keras has one that no setting tells from it: trunc for floor,
fmod for mod, median for a mean of the middle two."""

from parity.diagnose import added, reading, rewriting
from parity.diagnose.differing_segment import DifferingSegment, Result, gap_of, is_noise, played
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.records.interventions import Change

CAUSE = "function-replaced"


def solved(subject: DifferingSegment) -> Result | None:
    """The last step of the port's where Keras's last is another, if all agrees when it does what
    that does, and neither has weights; None of others."""
    layer, step = subject.match.keras_steps[-1], subject.match.torch[-1]
    if layer.variables or step.variables or len({*step.inputs}) != 1:
        return None
    case = Case((layer,), subject.match.torch, subject.input_shape, layer.shape, subject.axes)
    given = subject.lend, subject.taken, subject.answers
    instead = added.changes(case, (layer,), step.name, "output", *given, layer.inputs[0])
    changes = (Change(step.name, "call", "identity"), *instead)
    gap, layout = gap_of(subject, played(subject, changes))
    if not instead or not is_noise(subject, gap):
        return None
    does = f"{step.path} ({step.kind})" if reading.is_module(step) else step.kind
    says = f"the port does {does}, Keras {layer.name} ({layer.kind})"
    hypothesis = Hypothesis(CAUSE, says, rewriting.line(case, "x"), changes)
    return Result(hypothesis, gap, layout, layer)
