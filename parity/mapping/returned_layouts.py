"""In which layouts a port may return a value of the very shape that Keras's has.

Where axes are equally long, a shape does not tell whether the port returns its channels second, as
its convolutions do, or has lost the step that would take them back: what it does tells.
"""

from collections.abc import Iterator

from parity.mapping.activation_layouts import CHANNELS_SECOND
from parity.mapping.layout_moves import AS_IT_IS
from parity.mapping.plan import Plan
from parity.mapping.rules.operations import TORCH
from parity.records.comparison import Step

ON_CHANNELS = ("conv", "batchnorm", "batch_norm", "instancenorm", "instance_norm")
FEATURES_LAST = ("linear", "embedding", "layernorm", "layer_norm", "rmsnorm", "rms_norm")
BATCH_FIRST = ("lstm", "gru", "rnn", "multiheadattention")
# What takes axes back, and what gives others, of which nothing is known.
TURNING, UNKNOWN = {"permute"}, {"reshape", "flatten", "stack"}


def are_turned(plan: Plan) -> bool:
    """May an axis stand elsewhere in what the port returns, because of how it computes it?"""
    if plan.torch.error or plan.torch.unproven or not plan.torch.results:
        return True
    given = any(layout is not AS_IT_IS for layout in plan.shown.layouts.values())
    return any(_turns(step, given) for step in _last(plan))


def _last(plan: Plan) -> Iterator[Step | None]:
    """The steps nearest to what is returned that mind their axes; None for an input."""
    steps = {step.name: step for step in plan.torch.steps}
    waiting, seen = [name.partition(":")[0] for name in plan.torch.results], set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        step = steps.get(name)
        if step is None or _minds(step):
            yield step
        else:
            waiting += [taken.partition(":")[0] for taken in step.inputs]


def _minds(step: Step) -> bool:
    operation, kind = TORCH.get(step.kind, step.kind), step.kind.lower()
    is_layer = bool(step.path and any(v.kind == "weight" for v in step.variables))
    known = {*CHANNELS_SECOND, *TURNING, *UNKNOWN}
    return is_layer or operation in known or kind.startswith((*ON_CHANNELS, *FEATURES_LAST))


def _turns(step: Step | None, given: bool) -> bool:
    """given: is an input given to the port in another layout?"""
    if step is None:
        return given
    operation, kind = TORCH.get(step.kind, step.kind), step.kind.lower()
    if kind in BATCH_FIRST:
        return not step.settings.get("batch_first", False)
    return operation not in TURNING and not kind.startswith(FEATURES_LAST)
